package rocketrides.testing;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.LocatorAssertions.HasAttributeOptions;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import rocketrides.Application;
import rocketrides.TestProgram;
import rocketrides.config.Settings.Delivery;

/**
 * The whole program and a real browser in front of it, for all tests of a class, which are skipped where there is no
 * browser. Each test fails if the browser has complained. Pictures are left in {@code target/page}.
 */
public final class LivePage implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path PICTURES = Path.of("target", "page");
    private static final int SECONDS = 1_000;

    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final int partitions;
    private TestLog log;
    private Application application;
    private Playwright playwright;
    private Browser browser;

    public LivePage() {
        this(1);
    }

    public LivePage(int partitions) {
        this.partitions = partitions;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        if (!Files.isExecutable(CHROMIUM)) {
            System.out.println("SKIPPED: the page is not tested, because there is no browser at " + CHROMIUM);
        }
        assumeTrue(Files.isExecutable(CHROMIUM), "no browser at " + CHROMIUM);
        log = new TestLog(Delivery.AT_LEAST_ONCE, 10_000, partitions);
        application = TestProgram.application(log.environment(Map.of("ROCKET_RIDES_SIMULATOR_PAUSE", "0s..40ms")));
        application.start();
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(CHROMIUM)
                        .setTimeout(60 * SECONDS)
                        .setArgs(List.of(
                                "--headless",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync",
                                "--disable-dev-shm-usage")));
    }

    /** As long as the page is up. */
    public TestLog log() {
        return log;
    }

    /** A window with the page, after its first snapshot. */
    public Page open(int width, int height, ColorScheme scheme) {
        var page = window(width, height, scheme);
        page.navigate(url("/"));
        assertThat(page.locator("#link")).hasAttribute("data-state", "on", within(30));
        return page;
    }

    /** An empty window. What it complains about is kept for {@link #afterEach}. */
    public Page window(int width, int height, ColorScheme scheme) {
        var page = browser.newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, height)
                        .setColorScheme(scheme))
                .newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
        page.onResponse(response -> {
            if (response.status() >= 400) {
                complaints.add(response.status() + " " + response.url());
            }
        });
        return page;
    }

    public int port() {
        return application.port();
    }

    public String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    /** No window has complained since the last test. */
    @Override
    public void afterEach(ExtensionContext context) {
        var all = List.copyOf(complaints);
        complaints.clear();
        assertEquals(List.of(), all);
    }

    public void forgetComplaints() {
        complaints.clear();
    }

    public static HasAttributeOptions within(int seconds) {
        return new HasAttributeOptions().setTimeout(seconds * SECONDS);
    }

    public static long number(Page page, String selector) {
        var text = page.locator(selector).textContent().replace(",", "");
        return text.matches("\\d+") ? Long.parseLong(text) : -1;
    }

    public static void picture(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(PICTURES.resolve(name + ".png"))
                .setFullPage(true));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (playwright != null) {
            playwright.close();
        }
        if (log != null) {
            application.stop();
            log.close();
        }
    }
}
