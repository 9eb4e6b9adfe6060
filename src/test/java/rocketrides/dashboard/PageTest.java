package rocketrides.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a person sees on the page while the log works, while it is broken on purpose, and when it is really broken. */
class PageTest {
    private static LivePage live;
    private Page page;

    @BeforeAll
    static void start() throws Exception {
        live = LivePage.start();
    }

    @AfterAll
    static void stop() {
        if (live != null) {
            live.close();
        }
    }

    @BeforeEach
    void open() {
        page = live.open(1400, 900, ColorScheme.LIGHT);
    }

    @AfterEach
    void hasNoComplaints() {
        page.context().close();
        live.assertNoComplaints();
    }

    @Test
    void saysThatTheBooksBalanceWhileTheNumbersMove() {
        balances();
        assertThat(page.locator("#unaccounted")).hasText("0.000");
        var rides = number("#rides");
        page.waitForCondition(() -> number("#rides") > rides + 5);
        page.waitForCondition(() -> number("#consumers tr:first-child td:nth-child(3)") > rides);
        assertThat(page.locator("#consumers tr")).hasCount(2);
        for (var legend : new String[] {
            "throughput: rides [\\d.,]+/s.*consumed [\\d.,]+/s",
            "backlog: staged [\\d,]+.*unpublished [\\d,]+",
            "lag: consumer0 [\\d,]+.*consumer1 [\\d,]+",
            "latency: p50 [\\d.,]+ ms.*p99 [\\d.,]+ ms"
        }) {
            var parts = legend.split(": ");
            page.waitForCondition(
                    () -> page.locator("#legend-" + parts[0]).textContent().matches(parts[1]));
        }
    }

    @Test
    void showsHowRidesFlowFromStageToStageToEveryConsumer() {
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
        click("Flush Redis");
        feedTells("flushed Redis");
        click("Crash the streamer");
        feedTells("died after sending");
        click("Crash consumer0");
        feedTells("crashed: starts again");
        click("Flush Redis");
        click("Pause consumer1");
        assertThat(page.locator("#consumers tr:nth-child(2) th")).hasText("consumer1 (paused)");
        assertThat(page.locator("#consumed li:nth-child(2) .quiet")).containsText("paused, ");
        page.waitForCondition(() -> lagOfConsumer1() > 5);
        balances();
        click("Resume consumer1");
        page.waitForCondition(() -> lagOfConsumer1() < 5);
        balances();
        assertThat(page.locator("#unaccounted")).hasText("0.000");
        assertTrue(number("#consumers tr:first-child td:nth-child(9)") > 0, "crashes are counted");
        assertTrue(number("#consumers tr:first-child td:nth-child(7)") > 0, "duplicates are counted");
    }

    @Test
    void saysUnmissablyThatTheBooksDoNotBalance() {
        balances();
        live.log.sql("UPDATE total_distances SET total_distance = total_distance - 0.001 WHERE consumer = 'consumer1'");
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "bad", LivePage.within(10));
        assertThat(page.locator("#verdict-text")).hasText("The books do not balance");
        assertThat(page.locator("#verdict-more")).containsText("consumer1 against the rides table: 0.001 m");
        assertThat(page.locator("#consumers tr:nth-child(2) td:last-child")).hasText("✗ differ");
        assertThat(page).hasTitle("✗ Rocket Rides log");
        LivePage.picture(page, "unbalanced");
        page.locator("footer").scrollIntoViewIfNeeded();
        assertThat(page.locator("#verdict-text")).isInViewport();
        live.log.sql("UPDATE total_distances SET total_distance = total_distance + 0.001 WHERE consumer = 'consumer1'");
        balances();
        assertThat(page).hasTitle("✓ Rocket Rides log");
    }

    @Test
    void saysWhenThereIsMoreInTheBooksThanWasRidden() {
        balances();
        live.log.sql("CREATE TABLE gone AS SELECT * FROM rides ORDER BY id LIMIT 1");
        live.log.sql("DELETE FROM rides WHERE id = (SELECT id FROM gone)");
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "bad", LivePage.within(10));
        assertThat(page.locator("#verdict-more"))
                .hasText(Pattern.compile(
                        "consumer0, consumer1 against the rides table: [\\d.,]+ m too much, 1 ride too" + " many"));
        feedTells("BOOKS DIFFER");
        live.log.sql("INSERT INTO rides SELECT * FROM gone");
        balances();
        feedTells("the books balance again");
    }

    @Test
    void claimsNothingWhenItHearsNothing() {
        page.route("**/dashboard/events", Route::abort);
        page.reload();
        assertThat(page.locator("#verdict-text")).hasText("Nothing is known right now");
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "unknown");
        page.unroute("**/dashboard/events");
        balances();
        live.forgetComplaints();
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

    private void balances() {
        assertThat(page.locator("#verdict")).hasAttribute("data-state", "good", LivePage.within(20));
        assertThat(page.locator("#verdict-text")).hasText("The books balance, both consumers agree");
    }

    private void feedTells(String what) {
        assertThat(page.locator("#feed")).containsText(what, new ContainsTextOptions().setTimeout(60_000));
    }

    private long lagOfConsumer1() {
        return number("#consumers tr:nth-child(2) td:nth-child(4)");
    }

    private long number(String selector) {
        return LivePage.number(page, selector);
    }
}
