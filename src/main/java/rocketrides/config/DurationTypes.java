package rocketrides.config;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import rocketrides.config.Settings.DurationRange;
import rocketrides.runtime.Numbers;

/** Durations: {@code 500ms}, {@code 2s}, {@code 5m}, {@code 1h}, {@code 7d} or ISO-8601, and ranges of them. */
final class DurationTypes {
    private static final Pattern SHORT = Pattern.compile("(\\d{1,18})(ms|s|m|h|d)");
    /** Without the signs and the comma that the JDK's parser also takes. */
    private static final Pattern ISO = Pattern.compile("[pP][0-9dDtThHmMsS.]+");

    private static final String FORMS = " (500ms, 2s, 5m, 1h, 7d or PT2S)";

    private DurationTypes() {}

    static Type<Duration> duration(String min, String max) {
        return new Type<>("a duration from " + min + " to " + max + FORMS, text -> within(min, text, max));
    }

    /** {@code 0s..2s}, or a single duration for a range of just that. */
    static Type<DurationRange> durationRange(String min, String max) {
        return new Type<>(
                "a duration or a range of them such as 0s..2s, the smaller one first, from " + min + " to " + max
                        + FORMS,
                text -> {
                    int dots = text.indexOf("..");
                    String from = dots < 0 ? text : text.substring(0, dots);
                    String to = dots < 0 ? text : text.substring(dots + 2);
                    return within(min, from, max).flatMap(least -> within(min, to, max)
                            .filter(most -> least.compareTo(most) <= 0)
                            .map(most -> new DurationRange(least, most)));
                });
    }

    private static Optional<Duration> within(String min, String text, String max) {
        Duration least = parse(min).orElseThrow();
        Duration most = parse(max).orElseThrow();
        return parse(text).filter(d -> d.compareTo(least) >= 0 && d.compareTo(most) <= 0);
    }

    private static Optional<Duration> parse(String text) {
        Matcher matcher = SHORT.matcher(text);
        try {
            if (matcher.matches()) {
                return Optional.of(of(Numbers.whole(matcher.group(1)).orElseThrow(), matcher.group(2)));
            }
            return ISO.matcher(text).matches()
                    ? Optional.of(Duration.parse(text.toUpperCase(Locale.ROOT)))
                    : Optional.empty();
        } catch (DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static Duration of(long amount, String unit) {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }
}
