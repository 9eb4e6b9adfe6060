package rocketrides.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import rocketrides.testing.LivePage;
import rocketrides.testing.Proxy;

/** What a person sees on the page while the log works, while it is broken on purpose, and when it is really broken. */
class PageTest {
    @RegisterExtension
    static final LivePage LIVE = new LivePage();

    private Page page;

    @BeforeEach
    void open() {
        page = LIVE.open(1400, 900, ColorScheme.LIGHT);
    }

    @AfterEach
    void close() {
        page.context().close();
    }

    @Test
    void saysThatTheBooksBalanceWhileTheNumbersMove() {
        allIsWell();
        assertThat(page.locator("#totals dt")).hasText(new String[] {"rides", "total distance, m"});
        assertThat(page.locator("#totals .quiet")).hasText(new String[] {"0 unaccounted for", "0.000 unaccounted for"});
        var written = number("#written");
        page.waitForCondition(() -> number("#written") > written + 5);
        page.waitForCondition(() -> number("#consumers tr:first-child td:nth-child(2)") > written);
        assertThat(page.locator("#consumers tr")).hasCount(2);
        for (var legend : new String[] {
            "throughput: written [\\d.,]+/s.*consumed [\\d.,]+/s",
            "backlog: staged [\\d,]+.*unpublished [\\d,]+",
            "lag: consumer0 [\\d,]+.*consumer1 [\\d,]+",
            "latency: p50 [\\d.,]+ m?s.*p99 [\\d.,]+ m?s"
        }) {
            var parts = legend.split(": ");
            page.waitForCondition(
                    () -> page.locator("#legend-" + parts[0]).textContent().matches(parts[1]));
        }
    }

    @Test
    void showsHowRecordsFlowFromStageToStageToEveryConsumer() {
        for (var pipe : new String[] {"#pipe-staged", "#pipe-sealed", "#pipe-published"}) {
            assertThat(page.locator(pipe)).hasClass("pipe moving");
            assertThat(page.locator(pipe)).hasText(Pattern.compile("[\\d.,]+/s"));
        }
        for (int i = 1; i <= 2; i++) {
            var end = page.locator("#consumed li:nth-child(" + i + ")");
            assertThat(end.locator("h3")).hasText("consumer" + (i - 1));
            assertThat(end.locator(".pipe")).hasText(Pattern.compile("[\\d.,]+/s"));
            assertThat(end.locator(".quiet")).hasText(Pattern.compile("level|[\\d,]+ behind"));
        }
    }

    @Test
    void healsWhatIsBrokenThroughIt() {
        drag("#f-streamer", "Streamer dies after sending");
        feedTells("you set streamer-after-publish to 50 %");
        drag("#f-consumer", "Consumer dies before saving");
        click("Delete stream");
        feedTells("deleted the stream");
        click("Crash streamer0");
        feedTells("published but not marked");
        click("Crash consumer0");
        feedTells("crashed before saving");
        click("Delete stream");
        click("Pause consumer1");
        assertThat(page.locator("#consumers tr:nth-child(2) th")).hasText("consumer1 (paused)");
        assertThat(page.locator("#consumed li:nth-child(2) .quiet")).containsText("paused, ");
        page.waitForCondition(() -> lagOfConsumer1() > 5);
        assertThat(page.locator("#standing")).hasAttribute("data-state", "warn");
        assertThat(page.locator("#standing h2")).containsText("consumer1 is paused");
        assertThat(page.locator("#standing")).containsText(Pattern.compile("consumer1 paused, \\d+ behind"));
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "warn");
        assertThat(page).hasTitle("! Rocket Rides log");
        nothingIsLost();
        click("Delete stream");
        assertThat(page.locator("#pins")).containsText("you paused consumer1: until it is resumed");
        assertThat(page.locator("#pins"))
                .containsText(Pattern.compile(
                        "you set consumer-before-save to 50 %: \\d+ failures so far, until it is zero"));
        assertThat(page.locator("#pins"))
                .containsText(Pattern.compile("you deleted the stream: waits for consumer1, [\\d,]+ records to go"));
        LivePage.picture(page, "paused");
        click("Resume consumer1");
        assertThat(page.locator("#pins"))
                .containsText(
                        Pattern.compile(
                                "you paused consumer1: goes on after [\\d.]+ s, consumer1 read [\\d,]+ records? from"
                                        + " Postgres.*, level again after [\\d.]+ s"),
                        new ContainsTextOptions().setTimeout(15_000));
        page.waitForCondition(() -> lagOfConsumer1() < 5);
        allIsWell();
        assertThat(page.locator("#totals .quiet").last()).hasText("0.000 unaccounted for");
        assertTrue(number("#consumers tr:first-child td:nth-child(8)") > 0, "crashes are counted");
        assertTrue(number("#consumers tr:first-child td:nth-child(6)") > 0, "duplicates are counted");
    }

    @Test
    void showsTheKindsThatAPersonWants() {
        page.waitForCondition(() -> page.locator("#feed .failure").count() > 0);
        page.waitForCondition(() -> page.locator("#feed .healed").count() > 0);
        kind("failures").uncheck();
        assertThat(page.locator("#feed .failure")).hasCount(0);
        assertTrue(page.locator("#feed .healed").count() > 0, "the others stay");
        for (var kind : List.of("healed", "orders", "alarms")) {
            kind(kind).uncheck();
        }
        assertThat(page.locator("#feed")).hasText("Nothing of these kinds.");
        kind("failures").check();
        page.waitForCondition(() -> page.locator("#feed .failure").count() > 0);
    }

    private Locator kind(String name) {
        return page.getByRole(AriaRole.CHECKBOX, new Page.GetByRoleOptions().setName(name));
    }

    /** Nobody notes what was sent: consumers are ahead of what is published, and that is told. */
    @Test
    void saysWhyConsumersAreAheadOfWhatIsPublished() {
        allIsWell();
        var held = LIVE.log().hold("SELECT FROM log_cursor FOR UPDATE");
        var stood = number("#published");
        assertThat(page.locator("#published-note"))
                .hasText(
                        Pattern.compile(
                                "[\\d,]+ not marked as published; consumers read from Postgres what Redis lacks"),
                        new HasTextOptions().setTimeout(15_000));
        page.waitForCondition(() -> number("#consumers tr:first-child td:nth-child(2)") > stood + 10);
        assertThat(page.locator("#standing h2"))
                .containsText("publishing is behind", new ContainsTextOptions().setTimeout(15_000));
        nothingIsLost();
        held.close();
        allIsWell();
        assertThat(page.locator("#published-note")).not().containsText("not marked");
    }

    @Test
    void saysUnmissablyThatTheBooksDoNotBalance() {
        allIsWell();
        LIVE.log()
                .sql("UPDATE total_distances SET total_distance = total_distance - 0.001 WHERE consumer = 'consumer1'");
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "bad", LivePage.within(10));
        assertThat(page.locator("#books h2")).hasText("The books do not balance");
        assertThat(page.locator("#books")).containsText("consumer1: total distance 0.001 m unaccounted for");
        assertThat(page.locator("#consumers tr:nth-child(2) td:last-child")).hasText("✗ differ");
        assertThat(page).hasTitle("✗ Rocket Rides log");
        LivePage.picture(page, "unbalanced");
        page.locator("footer").scrollIntoViewIfNeeded();
        assertThat(page.locator("#books h2")).isInViewport();
        LIVE.log()
                .sql("UPDATE total_distances SET total_distance = total_distance + 0.001 WHERE consumer = 'consumer1'");
        allIsWell();
        assertThat(page).hasTitle("✓ Rocket Rides log");
    }

    @Test
    void saysWhenThereIsMoreInTheBooksThanWasRidden() {
        allIsWell();
        LIVE.log().sql("CREATE TABLE gone AS SELECT * FROM rides ORDER BY id LIMIT 1");
        LIVE.log().sql("DELETE FROM rides WHERE id = (SELECT id FROM gone)");
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "bad", LivePage.within(10));
        assertThat(page.locator("#books"))
                .containsText(
                        Pattern.compile("consumer0, consumer1: rides 1 too much; total distance [\\d.,]+ m too much"));
        feedTells("BOOKS DIFFER");
        LIVE.log().sql("INSERT INTO rides SELECT * FROM gone");
        allIsWell();
        feedTells("the books balance again");
    }

    @Test
    void claimsNothingWhenItIsCutOff() {
        page.route("**/dashboard/events", Route::abort);
        page.reload();
        nothingIsKnown("No connection to the server");
        page.unroute("**/dashboard/events");
        allIsWell();
        LIVE.forgetComplaints();
    }

    /** The connection stands, and nothing comes through it: a server that hangs, a network that swallows. */
    @Test
    void claimsNothingWhenTheServerHasFallenSilent() throws Exception {
        try (var proxy = new Proxy(LIVE.log().vertx, LIVE.port())) {
            page.clock().install();
            page.navigate("http://127.0.0.1:" + proxy.port() + "/");
            allIsWell();
            proxy.blackHole(true);
            assertThat(page.locator("#link")).hasText("live");
            page.clock().fastForward(10_000);
            nothingIsKnown("The server has been silent for 5 seconds");
            assertThat(page.locator("#link")).hasText("no news");
            assertThat(page).hasTitle("? Rocket Rides log");
            LivePage.picture(page, "silent");
            proxy.blackHole(false);
            allIsWell();
        }
        page.context().close();
        LIVE.forgetComplaints();
    }

    @Test
    void claimsNothingWhenTheServerHasNeverSaidAnything() {
        page.clock().install();
        page.route("**/dashboard/events", route -> {}); // asked, and never answered
        page.navigate(LIVE.url("/"));
        page.clock().fastForward(10_000);
        nothingIsKnown("The server has been silent for 5 seconds");
        LIVE.forgetComplaints();
    }

    /** As in front of a process that runs only an api, with consumers elsewhere. */
    @Test
    void offersOnlyWhatItsProcessRuns() {
        page.addInitScript("""
                const Real = EventSource;
                window.EventSource = class extends Real {
                  set onmessage(handler) {
                    super.onmessage = message => handler({ data: JSON.stringify(Object.assign(JSON.parse(message.data),
                      { own: { streamers: ['streamer0', 'streamer1'], consumers: [], simulators: 0, docs: false } })) });
                  }
                };""");
        page.reload();
        allIsWell();
        assertThat(page.locator("#consumers tr")).hasCount(2);
        var buttons = page.locator("#controls button:visible");
        assertEquals(List.of("Delete stream", "Crash streamer0", "Crash streamer1"), buttons.allTextContents());
        assertThat(page.locator("#controls input:visible")).hasCount(2);
        assertThat(page.locator("#f-consumer")).isHidden();
        assertThat(page.locator("#pace")).isHidden();
        assertThat(page.locator("a[href='/docs']")).isHidden();
    }

    /** As in front of an application that has declared nothing to audit. */
    @Test
    void showsPositionsOnlyWithoutBooks() {
        page.addInitScript("""
                const Real = EventSource;
                window.EventSource = class extends Real {
                  set onmessage(handler) {
                    super.onmessage = message => {
                      const now = JSON.parse(message.data);
                      for (const part of [now, ...(now.consumers ?? [])]) delete part.total;
                      delete now.audit;
                      delete now.quantities;
                      handler({ data: JSON.stringify(now) });
                    };
                  }
                };""");
        page.reload();
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "good", LivePage.within(20));
        assertThat(page.locator("#standing h2")).hasText("Both consumers keep up");
        assertThat(page.locator("#books")).isHidden();
        assertThat(page.locator("#totals")).isHidden();
        assertThat(page.locator("#columns th")).hasCount(8);
        assertThat(page.locator("#consumers tr:first-child > *")).hasCount(8);
        LivePage.picture(page, "positions");
        page.route("**/dashboard/events", Route::abort);
        page.reload();
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "unknown");
        page.navigate("about:blank"); // it complains at each attempt to connect
        LIVE.forgetComplaints();
    }

    /** The line reaches back to before the page was loaded. */
    @Test
    void theChartsSurviveAReload() {
        for (int reloads = 0; reloads < 2; reloads++) {
            page.waitForCondition(() -> lengthOfLine() > 0.2);
            page.reload();
            page.waitForCondition(() -> lengthOfLine() >= 0);
            assertTrue(lengthOfLine() > 0.2, "of the shortest span, which is 20 s");
        }
    }

    /** Of the chart's width; negative if there is none yet. */
    private double lengthOfLine() {
        return ((Number) page.evaluate("""
                () => {
                  const { width, height } = document.getElementById('throughput');
                  if (document.getElementById('legend-throughput').textContent === '') return -1;
                  const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
                  copy.drawImage(document.getElementById('throughput'), 0, 0);
                  const pixels = copy.getImageData(0, 0, width, height).data;
                  let first = width;
                  for (let i = 0; i < pixels.length; i += 4) {
                    const green = pixels[i] === 0x17 && pixels[i + 1] === 0x69 && pixels[i + 2] === 0x4f;
                    if (green) first = Math.min(first, i / 4 % width);
                  }
                  return 1 - first / width;
                }""")).doubleValue();
    }

    /** From its left end to its middle, and until the order has been given. */
    private void drag(String slider, String label) {
        page.locator(slider).focus();
        page.keyboard().press("Home");
        for (int i = 0; i < 10; i++) {
            page.keyboard().press("ArrowRight");
        }
        assertThat(page.locator(slider + " + output")).hasText("50 %");
        assertThat(page.locator("#answer")).hasText("Done: " + label + ", 50 %.");
    }

    private void click(String button) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
        assertThat(page.locator("#answer")).hasText("Done: " + button + ".");
    }

    private void allIsWell() {
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "good", LivePage.within(20));
        assertThat(page.locator("#standing h2")).hasText("Both consumers keep up");
        nothingIsLost();
    }

    private void nothingIsLost() {
        assertThat(page.locator("#books")).hasAttribute("data-state", "good");
        assertThat(page.locator("#books h2")).hasText("Nothing is lost");
    }

    private void nothingIsKnown(String reason) {
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "unknown");
        assertThat(page.locator("#books h2")).hasText("Nothing is known right now");
        assertThat(page.locator("#books")).containsText(reason);
        assertThat(page.locator("#standing")).hasAttribute("data-state", "unknown");
    }

    private void feedTells(String what) {
        assertThat(page.locator("#feed")).containsText(what, new ContainsTextOptions().setTimeout(60_000));
    }

    private long lagOfConsumer1() {
        return number("#consumers tr:nth-child(2) td:nth-child(3)");
    }

    private long number(String selector) {
        return LivePage.number(page, selector);
    }
}
