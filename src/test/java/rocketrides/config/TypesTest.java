package rocketrides.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.config.Settings.DurationRange;

class TypesTest {
    @Test
    void wholeNumbersStayWithinTheirRange() {
        assertAccepts(Types.integer(-1, 64), "-1", "0", "064", "64");
        assertRefuses(
                Types.integer(-1, 64), "-2", "65", "1.0", "1e1", "0x1", "1_0", "+1", " 1", "1 ", "١", "true", "-");
        assertRefuses(Types.integer(0, 64), "4294967297", "9223372036854775808", "1".repeat(100));
        assertEquals(
                Optional.of(Long.MAX_VALUE), Types.wholeLong(1, Long.MAX_VALUE).parse("9223372036854775807"));
    }

    @Test
    void acceptsExactlyTheIntegersOfTheRange() {
        var random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            int min = random.nextInt(200) - 100;
            int max = min + random.nextInt(100);
            int n = random.nextInt(400) - 200;
            Optional<Integer> expected = n >= min && n <= max ? Optional.of(n) : Optional.empty();
            assertEquals(expected, Types.integer(min, max).parse("" + n));
        }
    }

    @Test
    void metresAreExactWithThreeDecimals() {
        Type<BigDecimal> metres = Types.metres("0.001", "100000000");
        assertEquals(Optional.of(new BigDecimal("123.400")), metres.parse("123.4"));
        assertEquals(Optional.of(new BigDecimal("0.001")), metres.parse("0.001"));
        assertEquals(Optional.of(new BigDecimal("100000000.000")), metres.parse("100000000"));
        assertRefuses(
                metres,
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
        assertEquals(Optional.of(0.1), Types.probability().parse("0.10"));
        assertAccepts(Types.probability(), "0", "0.0", "1", "1.0", ".5", "1e-3", "1E-3", "0.5e0", "1e-999");
        assertRefuses(
                Types.probability(),
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
        assertEquals(Optional.of(OptionalLong.empty()), Types.seed().parse("random"));
        assertEquals(Optional.of(OptionalLong.of(Long.MIN_VALUE)), Types.seed().parse("-9223372036854775808"));
        assertRefuses(Types.seed(), "Random", "1.5", "+1", "٣", "9223372036854775808", "-9223372036854775809");
    }

    @Test
    void enumsAreWrittenAsInTheFile() {
        Type<Delivery> delivery = Types.oneOf(Delivery.class);
        assertEquals("at-least-once or idempotent", delivery.allowed());
        assertEquals(Optional.of(Delivery.IDEMPOTENT), delivery.parse("idempotent"));
        assertRefuses(delivery, "AT_LEAST_ONCE", "at_least_once", "Idempotent", "exactly-once");
    }

    @Test
    void portsAndHosts() {
        assertAccepts(Types.port(), "0", "5005", "65535");
        assertRefuses(Types.port(), "+80", "٨٠", "-1", "65536", "http", "5005/tcp");
        assertAccepts(
                Types.host(),
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
                Types.host(),
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
        assertAccepts(Types.stream(), "rocket-rides-log", "{rides}:log", "a".repeat(512), "日誌", "🚀");
        assertRefuses(Types.stream(), " ", "a b", "a\tb", "a\u0000", "a\u00a0b", "a\u2028b", "a".repeat(513));
        assertEquals(Optional.of(Path.of("/var/lib/x y")), Types.path().parse("/var/lib/x y"));
        assertRefuses(Types.path(), " ", "a\u0000b");
    }

    @Test
    void durationsHaveUnits() {
        Type<Duration> any = DurationTypes.duration("0s", "36500d");
        assertEquals(Optional.of(Duration.ofMillis(500)), any.parse("500ms"));
        assertEquals(Optional.of(Duration.ofSeconds(2)), any.parse("2s"));
        assertEquals(Optional.of(Duration.ofMinutes(5)), any.parse("5m"));
        assertEquals(Optional.of(Duration.ofHours(1)), any.parse("1h"));
        assertEquals(Optional.of(Duration.ofDays(7)), any.parse("7d"));
        assertEquals(Optional.of(Duration.ofMillis(1_500)), any.parse("PT1.5S"));
        assertEquals(Optional.of(Duration.ofHours(25)), any.parse("P1DT1H"));
        assertRefuses(
                any,
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
        Type<Duration> poll = DurationTypes.duration("1ms", "1h");
        assertAccepts(poll, "1ms", "1h", "60m", "PT0.001S");
        assertRefuses(poll, "0s", "PT0.000999999S", "61m", "3600001ms");
    }

    @Test
    void durationRangesHaveTheSmallerEndFirst() {
        Type<DurationRange> pause = DurationTypes.durationRange("0s", "1d");
        var twoSeconds = Duration.ofSeconds(2);
        assertEquals(Optional.of(new DurationRange(Duration.ZERO, twoSeconds)), pause.parse("0s..2s"));
        assertEquals(Optional.of(new DurationRange(twoSeconds, twoSeconds)), pause.parse("2s"));
        assertEquals(Optional.of(new DurationRange(twoSeconds, twoSeconds)), pause.parse("2s..2s"));
        assertEquals(Optional.of(new DurationRange(Duration.ZERO, Duration.ofMillis(1))), pause.parse("PT0S..1ms"));
        assertRefuses(pause, "2s..1s", "..", "0s..", "..2s", "0s...2s", "0s..1s..2s", "0..2s", "0s-2s", "0s..25h");
    }

    private static void assertAccepts(Type<?> type, String... texts) {
        for (String text : texts) {
            assertTrue(type.parse(text).isPresent(), () -> "refused: " + text);
        }
    }

    private static void assertRefuses(Type<?> type, String... texts) {
        for (String text : texts) {
            try {
                assertEquals(Optional.empty(), type.parse(text), () -> "accepted: " + text);
            } catch (IllegalArgumentException refused) {
                assertFalse(refused.getMessage().isBlank());
            }
        }
        assertEquals(Optional.empty(), type.parse(""));
    }
}
