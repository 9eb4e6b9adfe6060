package rocketrides.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.Collections;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import rocketrides.testing.LivePage;

/** The page of a log with four partitions, so eight consumer instances. */
class PartitionsPageTest {
    @RegisterExtension
    static final LivePage LIVE = new LivePage(4);

    /** Broken: consumer0 is paused in one partition. Must hold: the page says where, and each part is unfolded on request. */
    @Test
    void showsEachPartitionWhenAPersonUnfoldsThem() {
        var page = LIVE.open(1400, 900, ColorScheme.LIGHT);
        var rows = page.locator("#partition-rows tr");
        assertThat(rows.first()).isHidden();
        page.locator("#partitions summary").click();
        assertThat(rows).hasCount(4);
        assertThat(page.locator("#partition-columns th"))
                .hasText(new String[] {"partition", "sealed", "published", "consumer0", "consumer1"});
        page.locator("#which").selectOption("consumer0/2");
        click(page, "Pause consumer0/2");
        assertThat(page.locator("#standing h2")).containsText("consumer0/2 is paused");
        assertThat(page.locator("#consumers tr:first-child th")).hasText("consumer0 (paused in partition 2)");
        assertThat(page.locator("#consumed li:first-child .quiet")).containsText("paused in partition 2; ");
        assertThat(page.locator("#pins")).containsText("you paused consumer0/2: until it is resumed");
        assertThat(rows.nth(2).locator("td").nth(2)).hasText(Pattern.compile("[\\d,]+, [\\d,]+ behind"));
        LivePage.picture(page, "partitions");
        click(page, "Resume consumer0/2");
        assertThat(page.locator("#consumers tr:first-child th")).hasText("consumer0");
        assertThat(page.locator("#pins")).containsText("level again after");
        page.context().close();
    }

    /** A process that has died is listed for some minutes. Must hold: the page says who works on what, everywhere. */
    @Test
    void showsWhatEachProcessOwnsIfThereAreSeveral() {
        var page = LIVE.open(1400, 900, ColorScheme.LIGHT);
        var rows = page.locator("#process-rows tr");
        assertThat(page.locator("#consumers tr")).hasCount(2);
        assertThat(rows.first()).isHidden();
        LIVE.log().sql("INSERT INTO members VALUES ('0/dead', 'consumer0', now() - interval '3 min')");
        assertThat(page.locator("#process-columns th"))
                .hasText(new String[] {"process", "seen", "audit", "consumer0", "consumer1", "retention", "streamer"});
        assertThat(rows).hasCount(2);
        assertThat(rows.first().locator("> *")).hasText(new String[] {"0/dead", "3 min ago", "–", "–", "–", "–", "–"});
        var all = "partitions 0, 1, 2, 3";
        assertThat(rows.last().locator("td")).hasText(new String[] {"now", "owns it", all, all, "owns it", all});
        page.locator("#partitions summary").click();
        var owner = rows.last().locator("th").textContent();
        assertThat(page.locator("#partition-rows small:not(:empty)"))
                .hasText(Collections.nCopies(12, owner).toArray(String[]::new));
        LivePage.picture(page, "processes");
        LIVE.log().sql("DELETE FROM members WHERE id = '0/dead'");
        assertThat(page.locator("#processes")).isHidden();
        page.context().close();
    }

    private static void click(Page page, String button) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }
}
