package rocketrides.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.config.Settings.DurationRange;

class ValueFormatTest {
    /** One component for each format. */
    record Formats(
            @Setting(value = "0", in = "-1..64") int small,

            @Setting(value = "1", in = "1..9223372036854775807")
            long large,

            @Setting(value = "0", in = "0.5..2") double number,
            @Setting(value = "5", in = "0.001..100000000") BigDecimal metres,
            @Setting(value = "1s", in = "0s..36500d") Duration any,
            @Setting(value = "1s", in = "1ms..1h") Duration poll,
            @Setting(value = "1s", in = "0s..1d") DurationRange pause,
            @Setting("idempotent") Delivery delivery,
            @Setting("true") boolean flag,
            @Setting(".") Path directory,
            @Setting("a") String text,

            @Setting(value = "0", in = "0..1") double probability,

            @Setting("random") OptionalLong seed,
            @Setting(value = "0", format = Format.PORT) int port,
            @Setting(value = "a", format = Format.HOST) String host,
            @Setting(value = "a", format = Format.STREAM) String stream) {}

    record Bare(int small) {}

    record Unbounded(@Setting("0") int small) {}

    record Unreadable(@Setting("0") StringBuilder text) {}

    record Mismatched(
            @Setting(value = "0", format = Format.PORT) long port) {}

    @Test
    void wholeNumbersStayWithinTheirRange() {
        assertEquals("a whole number from -1 to 64", format("small").allowed());
        assertAccepts("small", "-1", "0", "064", "64");
        assertRefuses("small", "-2", "65", "1.0", "1e1", "0x1", "1_0", "+1", " 1", "1 ", "١", "true", "-");
        assertRefuses("small", "4294967297", "9223372036854775808", "1".repeat(100));
        assertEquals(Long.MAX_VALUE, parse("large", "9223372036854775807"));
    }

    @Test
    void acceptsExactlyTheIntegersOfTheRange() {
        for (int n = -300; n <= 300; n++) {
            assertEquals(n >= -1 && n <= 64 ? n : null, parse("small", "" + n));
        }
    }

    @Test
    void otherNumbersHaveBoundsToo() {
        assertEquals("a number from 0.5 to 2", format("number").allowed());
        assertAccepts("number", "0.5", "1", "2.0");
        assertRefuses("number", "0.49", "2.1", "x");
    }

    @Test
    void aRecordThatCannotBeASectionIsRefused() {
        for (var type : List.of(Bare.class, Unbounded.class, Unreadable.class, Mismatched.class)) {
            assertThrows(IllegalArgumentException.class, () -> ValueFormat.of(type.getRecordComponents()[0]));
        }
    }

    @Test
    void metresAreExactWithThreeDecimals() {
        assertEquals(new BigDecimal("123.400"), parse("metres", "123.4"));
        assertEquals(new BigDecimal("0.001"), parse("metres", "0.001"));
        assertEquals(new BigDecimal("100000000.000"), parse("metres", "100000000"));
        assertRefuses(
                "metres",
                "0",
                "0.000",
                "0.0001",
                "-1",
                "100000000.001",
                "1e2",
                "NaN",
                ".5",
                "5.",
                "1,5",
                "5m",
                "+5",
                "٥");
    }

    @Test
    void probabilitiesAreFromZeroToOne() {
        assertEquals(0.1, parse("probability", "0.10"));
        assertAccepts("probability", "0", "0.0", "1", "1.0", ".5", "1e-3", "1E-3", "0.5e0", "1e-999");
        assertRefuses(
                "probability",
                "1.0001",
                "-0.1",
                "-0",
                "NaN",
                "Infinity",
                "10%",
                "0x0p0",
                "0.5f",
                "0.5d",
                "1e999",
                "2",
                ".",
                "e1",
                "1.",
                "+0.5",
                "٠.٥");
    }

    @Test
    void seedsAreRandomOrSixtyFourBits() {
        assertEquals(OptionalLong.empty(), parse("seed", "random"));
        assertEquals(OptionalLong.of(Long.MIN_VALUE), parse("seed", "-9223372036854775808"));
        assertRefuses("seed", "Random", "1.5", "+1", "٣", "9223372036854775808", "-9223372036854775809");
    }

    @Test
    void enumsAreWrittenAsInTheFile() {
        assertEquals("at-least-once or idempotent", format("delivery").allowed());
        assertEquals(Delivery.IDEMPOTENT, parse("delivery", "idempotent"));
        assertRefuses("delivery", "AT_LEAST_ONCE", "at_least_once", "Idempotent", "exactly-once");
    }

    @Test
    void portsAndHosts() {
        assertAccepts("port", "0", "5005", "65535");
        assertRefuses("port", "+80", "٨٠", "-1", "65536", "http", "5005/tcp");
        assertAccepts(
                "host",
                "127.0.0.1",
                "0.0.0.0",
                "255.255.255.255",
                "localhost",
                "rides.example.com",
                "my_redis",
                "3com",
                "::1",
                "::",
                "fe80::1",
                "::ffff:1.2.3.4",
                "a.",
                "a".repeat(253));
        assertRefuses(
                "host",
                "1.2.3",
                "1.2.3.4.5",
                "256.1.1.1",
                "1.2.3.4:80",
                "localhost:80",
                "a b",
                "-a",
                "a-",
                "a..b",
                ".a",
                "http://a",
                "[::1]",
                "1:2:3",
                "::1::",
                "host/",
                "a".repeat(254),
                "ä.de",
                "a\n",
                "1.2.3.4.");
    }

    @Test
    void streamNamesAndPaths() {
        assertAccepts("stream", "rocket-rides-log", "{rides}:log", "a".repeat(512), "日誌", "🚀");
        assertRefuses("stream", " ", "a b", "a\tb", "a\u0000", "a\u00a0b", "a\u2028b", "a".repeat(513));
        assertEquals(Path.of("/var/lib/x y"), parse("directory", "/var/lib/x y"));
        assertRefuses("directory", " ", "a\u0000b");
    }

    @Test
    void durationsHaveUnits() {
        assertEquals(Duration.ofMillis(500), parse("any", "500ms"));
        assertEquals(Duration.ofSeconds(2), parse("any", "2s"));
        assertEquals(Duration.ofMinutes(5), parse("any", "5m"));
        assertEquals(Duration.ofHours(1), parse("any", "1h"));
        assertEquals(Duration.ofDays(7), parse("any", "7d"));
        assertEquals(Duration.ofMillis(1_500), parse("any", "PT1.5S"));
        assertEquals(Duration.ofHours(25), parse("any", "P1DT1H"));
        assertRefuses(
                "any",
                "1",
                "0",
                "1.5s",
                "-1s",
                "PT-1S",
                "1 s",
                "1S",
                "s",
                "1w",
                "1y",
                "P1Y",
                "PT",
                "999999999999999999d",
                "1s2s",
                "9".repeat(40) + "s",
                "PT" + "9".repeat(40) + "S",
                "36501d",
                "+1s",
                "٣s",
                "PT+1S",
                "+PT1S",
                "PT1M-1S",
                "PT1,5S",
                "PT٣S");
    }

    @Test
    void durationsStayWithinTheirRange() {
        assertAccepts("poll", "1ms", "1h", "60m", "PT0.001S");
        assertRefuses("poll", "0s", "PT0.000999999S", "61m", "3600001ms");
    }

    @Test
    void durationRangesHaveTheSmallerEndFirst() {
        var twoSeconds = Duration.ofSeconds(2);
        assertEquals(new DurationRange(Duration.ZERO, twoSeconds), parse("pause", "0s..2s"));
        assertEquals(new DurationRange(twoSeconds, twoSeconds), parse("pause", "2s"));
        assertEquals(new DurationRange(twoSeconds, twoSeconds), parse("pause", "2s..2s"));
        assertEquals(new DurationRange(Duration.ZERO, Duration.ofMillis(1)), parse("pause", "PT0S..1ms"));
        assertRefuses("pause", "2s..1s", "..", "0s..", "..2s", "0s...2s", "0s..1s..2s", "0..2s", "0s-2s", "0s..25h");
    }

    private static ValueFormat format(String component) {
        return Arrays.stream(Formats.class.getRecordComponents())
                .filter(c -> c.getName().equals(component))
                .map(ValueFormat::of)
                .findFirst()
                .orElseThrow();
    }

    private static Object parse(String component, String text) {
        return format(component).parse(text);
    }

    private static void assertAccepts(String component, String... texts) {
        for (String text : texts) {
            assertNotNull(parse(component, text), () -> "refused: " + text);
        }
    }

    private static void assertRefuses(String component, String... texts) {
        for (String text : texts) {
            try {
                assertNull(parse(component, text), () -> "accepted: " + text);
            } catch (IllegalArgumentException refused) {
                assertFalse(refused.getMessage().isBlank());
            }
        }
        assertNull(parse(component, ""));
    }
}
