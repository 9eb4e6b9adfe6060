package rocketrides.config;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import rocketrides.runtime.Numbers;

/**
 * The formats of values. The format of a record component is the first one with the component's type, unless its
 * {@link Setting} names another.
 */
public enum Format {
    BY_TYPE(void.class, "", text -> null),
    INTEGER(int.class, Format.WHOLE_NUMBER, text -> whole(text, n -> n == (int) n ? (int) n : null)),
    LONG(long.class, Format.WHOLE_NUMBER, text -> whole(text, n -> n)),
    NUMBER(double.class, "a number from %s to %s", Format::number),
    /** A decimal number with three decimals, without rounding. */
    DECIMAL(
            BigDecimal.class,
            "a number from %s to %s, with at most three decimals",
            text -> matches("[0-9]{1,12}(\\.[0-9]{1,3})?", text) ? new BigDecimal(text).setScale(3) : null),
    FLAG(boolean.class, "true or false", text -> matches("true|false", text) ? Boolean.valueOf(text) : null),
    DURATION(Duration.class, "a duration from %s to %s" + Durations.FORMS, Durations::parse),
    DURATION_RANGE(
            Settings.DurationRange.class,
            "a duration or a range of them such as 0s..2s, the smaller one first, from %s to %s" + Durations.FORMS,
            Durations::parseRange),
    DIRECTORY(Path.class, "the path of a directory", text -> text.isBlank() ? null : ExactPath.of(text)),
    TEXT(String.class, "text", text -> text.isBlank() ? null : text),
    /** Empty for {@code random}. */
    SEED(
            OptionalLong.class,
            "random, or a whole number from " + Long.MIN_VALUE + " to " + Long.MAX_VALUE,
            text -> text.equals("random") ? OptionalLong.empty() : whole(text, OptionalLong::of)),

    PORT(
            int.class,
            "a port from 0 to 65535, 0 for any free one",
            text -> whole(text, n -> n >= 0 && n <= 65_535 ? (int) n : null)),
    HOST(String.class, "a host name or an IP address", text -> ServerUri.isHost(text) ? text : null),
    STREAM(
            String.class,
            "1 to 512 characters without spaces",
            text -> matches("[^\\s\\p{Z}\\p{C}]{1,512}", text) ? text : null),
    POSTGRES(
            String.class,
            "embedded, or postgresql://user:password@host:port/database?sslmode=… (special characters percent-encoded;"
                    + " sslmode disable, allow, prefer, require, verify-ca or verify-full)",
            text -> embeddedOr(ServerUri::postgres, text)),
    REDIS(
            String.class,
            "embedded, or redis://user:password@host:port/database, or"
                    + " redis-sentinel://user:password@host:port,host:port/master, or"
                    + " redis-cluster://user:password@host:port,host:port, and rediss for TLS (special characters"
                    + " percent-encoded; user, password, port and database may be left out)",
            text -> embeddedOr(ServerUri::redis, text)),
    /** Empty for {@code system}. */
    AUTHORITIES(
            Optional.class,
            "system, or the path of a PEM file that can be read",
            text -> text.equals("system")
                    ? Optional.empty()
                    : Files.isReadable(ExactPath.of(text)) ? Optional.of(ExactPath.of(text)) : null),
    /** Empty for {@code off}. */
    COLLECTOR(
            Optional.class,
            "off, or http://host:port of a collector that takes OTLP over HTTP, https:// for TLS (without user,"
                    + " password, parameters; a host name without underscores)",
            text -> text.equals("off") ? Optional.empty() : collector(text));

    private static final String WHOLE_NUMBER = "a whole number from %s to %s";
    private static final int LONGEST_URI = 2_048;

    final Class<?> type;
    final String allowed;
    /** Returns null for an invalid text, or throws {@link IllegalArgumentException} that says what is wrong. */
    final Function<String, ?> parser;

    Format(Class<?> type, String allowed, Function<String, ?> parser) {
        this.type = type;
        this.allowed = allowed;
        this.parser = parser;
    }

    /** The first format for this type; {@link #BY_TYPE} if there is none. */
    static Format of(Class<?> type) {
        return Stream.of(values()).filter(f -> f.type == type).findFirst().orElse(BY_TYPE);
    }

    private static boolean matches(String pattern, String text) {
        return Pattern.matches(pattern, text);
    }

    private static <T> T whole(String text, LongFunction<T> then) {
        OptionalLong number = Numbers.whole(text);
        return number.isPresent() ? then.apply(number.getAsLong()) : null;
    }

    private static Double number(String text) {
        return matches("[0-9]{0,9}\\.?[0-9]{1,30}([eE]-?[0-9]{1,3})?", text) ? Double.valueOf(text) : null;
    }

    private static String embeddedOr(Consumer<String> check, String text) {
        if (!text.equals(Settings.EMBEDDED)) {
            check.accept(text);
        }
        return text;
    }

    /**
     * The OTLP client accepts what {@link URI} accepts. For a host name with an underscore, {@link URI} has no host.
     */
    private static Optional<URI> collector(String text) {
        try {
            var uri = new URI(text);
            boolean fit = text.length() <= LONGEST_URI
                    && matches("https?", String.valueOf(uri.getScheme()))
                    && uri.getHost() != null
                    && (uri.getPort() == -1 || uri.getPort() > 0 && uri.getPort() <= 65_535)
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
            return fit ? Optional.of(uri) : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }
}
