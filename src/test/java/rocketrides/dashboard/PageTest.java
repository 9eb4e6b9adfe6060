package rocketrides.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.HasAttributeOptions;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rocketrides.Application;
import rocketrides.TestLog;
import rocketrides.config.Settings.Delivery;
import rocketrides.config.SettingsLoader;

/** The page in a real browser, with the whole program behind it. Pictures of it are left in {@code target/page}. */
class PageTest {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path PICTURES = Path.of("target", "page");
    private static final int SECONDS = 1_000;

    private static TestLog log;
    private static Application application;
    private static Playwright playwright;
    private static Browser browser;

    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private Page page;

    @BeforeAll
    static void start() throws Exception {
        if (!Files.isExecutable(CHROMIUM)) {
            System.out.println("SKIPPED: the page is not tested, because there is no browser at " + CHROMIUM);
        }
        assumeTrue(Files.isExecutable(CHROMIUM), "no browser at " + CHROMIUM);
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        application = new Application(SettingsLoader.load(
                Optional.empty(), log.environment(Map.of("ROCKET_RIDES_SIMULATOR_PAUSE", "0s..40ms"))));
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

    @AfterAll
    static void stop() {
        if (playwright != null) {
            playwright.close();
        }
        if (application != null) {
            application.stop();
            log.close();
        }
    }

    @BeforeEach
    void open() {
        page = open(1280, 900, ColorScheme.LIGHT);
    }

    @AfterEach
    void hasNoComplaints() {
        page.context().close();
        assertEquals(List.of(), complaints);
    }

    private Page open(int width, int height, ColorScheme scheme) {
        var opened = browser.newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, height)
                        .setColorScheme(scheme))
                .newPage();
        opened.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text());
            }
        });
        opened.onPageError(complaints::add);
        opened.onResponse(response -> {
            if (response.status() >= 400) {
                complaints.add(response.status() + " " + response.url());
            }
        });
        opened.navigate("http://127.0.0.1:" + application.port() + "/");
        assertThat(opened.locator("#link")).hasAttribute("data-state", "on", within(30));
        return opened;
    }

    @Test
    void saysThatTheBooksBalanceWhileTheNumbersMove() {
        balances();
        assertThat(page.locator("#unaccounted")).hasText("0.000");
        var rides = number("#rides");
        page.waitForCondition(() -> number("#rides") > rides + 5);
        page.waitForCondition(() -> number("#consumers tr:first-child td:nth-child(3)") > rides);
        assertThat(page.locator("#consumers tr")).hasCount(2);
        page.waitForCondition(
                () -> page.locator("#legend-latency").textContent().matches(".*p99 [\\d.,]+ ms.*"));
    }

    @Test
    void healsAFlushOfRedisAndCrashesThatWereOrderedThroughThePage() {
        var rates = page.locator("#f-streamer");
        rates.focus();
        for (int i = 0; i < 8; i++) {
            page.keyboard().press("ArrowRight");
        }
        assertThat(page.locator("#f-streamer + output")).hasText("50 %");
        page.getByText("Flush Redis").click();
        feedTells("flushed Redis");
        page.getByText("Crash the streamer").click();
        feedTells("died after sending");
        page.getByLabel("Crash consumer0").click();
        feedTells("crashed: starts again");
        page.getByText("Flush Redis").click();
        page.getByLabel("Pause consumer1").click();
        assertThat(page.locator("#consumers tr:nth-child(2) td:first-child")).hasText("consumer1 (paused)");
        page.waitForCondition(() -> number("#consumers tr:nth-child(2) td:nth-child(4)") > 5);
        balances();
        page.getByLabel("Resume consumer1").click();
        page.waitForCondition(() -> number("#consumers tr:nth-child(2) td:nth-child(4)") < 5);
        balances();
        assertThat(page.locator("#unaccounted")).hasText("0.000");
        assertTrue(number("#consumers tr:first-child td:nth-child(9)") > 0, "crashes are counted");
    }

    @Test
    void saysUnmissablyThatTheBooksDoNotBalance() {
        balances();
        log.sql("UPDATE total_distances SET total_distance = total_distance - 0.001 WHERE consumer = 'consumer1'");
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "bad", within(10));
        assertThat(page.locator("#verdict")).containsText("The books do not balance");
        assertThat(page.locator("#verdict-more")).containsText("consumer1 against the rides table: 0.001 m");
        picture(page, "unbalanced");
        log.sql("UPDATE total_distances SET total_distance = total_distance + 0.001 WHERE consumer = 'consumer1'");
        balances();
    }

    @Test
    void fitsEveryScreenInLightAndDark() {
        for (var scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            for (int width : List.of(1280, 390)) {
                var other = open(width, width == 390 ? 844 : 900, scheme);
                var rides = number("#rides");
                other.waitForCondition(() -> number(other, "#rides") > rides + 60);
                assertEquals(
                        width,
                        ((Number) other.evaluate("document.documentElement.scrollWidth")).intValue(),
                        "nothing sticks out");
                picture(other, width + "-" + scheme.name().toLowerCase(java.util.Locale.ROOT));
                other.context().close();
            }
        }
    }

    @Test
    void ordersCanBeGivenFromTheKeyboard() {
        page.locator("h1").click();
        for (int i = 0; i < 20; i++) {
            page.keyboard().press("Tab");
            var focused = page.evaluate("document.activeElement.textContent");
            if ("Flush Redis".equals(focused)) {
                page.keyboard().press("Enter");
                assertThat(page.locator("#answer")).containsText("Done: flush");
                return;
            }
        }
        throw new AssertionError("the button is not reached by Tab");
    }

    private void balances() {
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "good", within(20));
        assertThat(page.locator("#verdict-text")).hasText("The books balance, both consumers agree");
    }

    private void feedTells(String what) {
        assertThat(page.locator("#feed")).containsText(what, new ContainsTextOptions().setTimeout(20 * SECONDS));
    }

    private static HasAttributeOptions within(int seconds) {
        return new HasAttributeOptions().setTimeout(seconds * SECONDS);
    }

    private long number(String selector) {
        return number(page, selector);
    }

    private static long number(Page of, String selector) {
        var text = of.locator(selector).textContent().replace(",", "");
        return text.matches("\\d+") ? Long.parseLong(text) : -1;
    }

    private static void picture(Page of, String name) {
        of.screenshot(new Page.ScreenshotOptions()
                .setPath(PICTURES.resolve(name + ".png"))
                .setFullPage(true));
    }
}
