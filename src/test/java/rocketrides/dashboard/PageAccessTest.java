package rocketrides.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.IsVisibleOptions;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.testing.LivePage;

/** The page can be used on any screen, by keyboard, in light and dark, and without seeing colours. */
class PageAccessTest {
    private static final String FOCUSED = """
            () => {
              const here = document.activeElement;
              const name = here.getAttribute('aria-labelledby') ?? here.labels?.[0]?.textContent ?? here.textContent;
              const style = getComputedStyle(here);
              return here === document.body ? '' : name + (style.outlineStyle === 'none' ? ' UNSEEN' : '');
            }""";

    /** Text whose contrast to what is behind it is below 4.5, as WCAG AA asks for. */
    private static final String PALE = """
            () => {
              const rgb = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number);
              const light = colour => rgb(colour).slice(0, 3).map(c => c / 255)
                .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
                .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
              const behind = element => {
                for (let at = element; at; at = at.parentElement) {
                  const colour = getComputedStyle(at).backgroundColor;
                  if (rgb(colour)[3] !== 0) return colour;
                }
              };
              return [...document.querySelectorAll('body *')]
                .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
                .map(e => {
                  const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
                  return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.textContent.slice(0, 30)];
                })
                .filter(([contrast]) => contrast < 4.5)
                .map(([contrast, text]) => text + ' ' + contrast.toFixed(1));
            }""";

    @RegisterExtension
    static final LivePage LIVE = new LivePage();

    @ParameterizedTest
    @CsvSource({
        "1400, 900, LIGHT",
        "1400, 900, DARK",
        "768, 1024, LIGHT",
        "390, 844, LIGHT",
        "390, 844, DARK",
        "320, 568, LIGHT"
    })
    void nothingSticksOutOfAnyScreen(int width, int height, ColorScheme scheme) {
        var page = LIVE.open(width, height, scheme);
        var written = LivePage.number(page, "#written");
        page.waitForCondition(() -> LivePage.number(page, "#written") > written + 20);
        assertEquals(width, page.evaluate("document.documentElement.scrollWidth"));
        if (width < 860) {
            assertEquals(
                    List.of(),
                    page.evaluate("() => [...document.querySelectorAll('main *')]"
                            + ".filter(e => e.scrollWidth > e.clientWidth + 1"
                            + " && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)).map(e => e.className)"),
                    "nothing has to be scrolled sideways");
        }
        LivePage.picture(page, width + "-" + scheme.name().toLowerCase(Locale.ROOT));
        page.context().close();
    }

    @Test
    void everyControlIsReachedByKeyboardIsNamedAndShowsItsFocus() {
        var page = LIVE.open(1400, 900, ColorScheme.LIGHT);
        var reached = tabThrough(page);
        assertEquals(
                List.of(
                        "Delete stream",
                        "Crash streamer0",
                        "Crash consumer0",
                        "Pause consumer0",
                        "Crash consumer1",
                        "Pause consumer1",
                        "Streamer dies after sending",
                        "Consumer dies before saving",
                        "Request is rolled back after staging",
                        "Simulated requests",
                        "failures",
                        "healed",
                        "orders",
                        "alarms",
                        "feed-title",
                        "consumers-title",
                        "API",
                        "Status",
                        "Metrics"),
                reached);
        page.context().close();
    }

    private static String focused(Page page) {
        return page.evaluate(FOCUSED).toString();
    }

    private static List<String> tabThrough(Page page) {
        var reached = new ArrayList<String>();
        for (int i = 0; i < 40; i++) {
            page.keyboard().press("Tab");
            var focused = focused(page);
            if (focused.isEmpty()) {
                return reached;
            }
            reached.add(focused);
        }
        throw new AssertionError("the keyboard does not get out: " + reached);
    }

    @Test
    void ordersAreGivenFromTheKeyboardAndTheFocusStays() {
        var page = LIVE.open(1400, 900, ColorScheme.LIGHT);
        for (int i = 0; i < 40 && !focused(page).startsWith("Pause consumer1"); i++) {
            page.keyboard().press("Tab");
        }
        page.keyboard().press("Enter");
        assertThat(page.locator("#answer")).hasText("Done: Pause consumer1.");
        page.waitForCondition(() -> focused(page).startsWith("Resume consumer1"));
        page.keyboard().press("Space");
        assertThat(page.locator("#answer")).hasText("Done: Resume consumer1.");
        page.context().close();
    }

    @Test
    void slidersSayTheirValuesInWords() {
        var page = LIVE.open(1400, 900, ColorScheme.LIGHT);
        assertThat(page.locator("#f-api")).hasAttribute("aria-valuetext", "0 %");
        page.locator("#pace").focus();
        page.keyboard().press("End");
        assertThat(page.locator("#pace")).hasAttribute("aria-valuetext", "up to 5,000/s");
        assertThat(page.locator("#answer")).hasText("Done: Simulated requests, up to 5,000/s.");
        assertThat(page.locator("#held-back"))
                .hasText(
                        Pattern.compile(
                                "[\\d.,]+/s of 5,000/s asked: the simulator sends one request at a time, and waits for"
                                        + " its answer"),
                        new HasTextOptions().setTimeout(15_000));
        page.keyboard().press("Home");
        for (int i = 0; i < 4; i++) {
            page.keyboard().press("ArrowRight");
        }
        assertThat(page.locator("#pace + output")).hasText("up to 50/s");
        page.context().close();
    }

    @ParameterizedTest
    @EnumSource(names = {"LIGHT", "DARK"})
    void everyTextIsEasyToRead(ColorScheme scheme) {
        var page = LIVE.open(1400, 900, scheme);
        page.waitForCondition(() -> page.locator("#feed li time").count() > 3);
        assertEquals(List.of(), page.evaluate(PALE));
        page.context().close();
    }

    @Test
    void theDescriptionOfTheApiIsRenderedWithNothingFromElsewhere() {
        var page = LIVE.window(1280, 900, ColorScheme.LIGHT);
        var elsewhere = new ArrayList<String>();
        page.onRequest(request -> {
            if (!request.url().startsWith(LIVE.url("/")) && !request.url().startsWith("data:")) {
                elsewhere.add(request.url());
            }
        });
        page.navigate(LIVE.url("/"));
        page.locator("a[href='/docs']").click();
        assertThat(page.getByText("Book a ride").first()).isVisible(new IsVisibleOptions().setTimeout(30_000));
        assertTrue(page.locator(".opblock").count() >= 4, "all operations");
        assertThat(page.locator("html")).not().hasClass("dark-mode");
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        assertThat(page.locator("html")).hasClass("dark-mode");
        assertEquals(List.of(), elsewhere);
        LivePage.picture(page, "docs");
        page.getByText("The live page").click();
        assertThat(page.locator("#link")).hasAttribute("data-state", "on", LivePage.within(30));
        page.context().close();
    }
}
