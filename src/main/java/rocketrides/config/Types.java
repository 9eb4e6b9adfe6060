package rocketrides.config;

import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import rocketrides.runtime.Numbers;

/** Numbers, names and places. */
final class Types {
    private static final Pattern METRES = Pattern.compile("\\d{1,12}(\\.\\d{1,3})?");
    private static final Pattern FRACTION = Pattern.compile("\\d{0,9}\\.?\\d{1,30}([eE]-?\\d{1,3})?");
    private static final Pattern IPV4_LIKE = Pattern.compile("[0-9.]+");
    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");
    private static final Pattern IPV6_LIKE = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final Pattern HOST_NAME = Pattern.compile("(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?"
            + "(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\\.?");
    private static final Pattern STREAM = Pattern.compile("[^\\s\\p{Z}\\p{C}]{1,512}");

    private Types() {}

    static Type<Integer> integer(int min, int max) {
        return new Type<>(
                "a whole number from " + min + " to " + max,
                text -> whole(text).filter(n -> n >= min && n <= max).map(Long::intValue));
    }

    static Type<Long> wholeLong(long min, long max) {
        return new Type<>(
                "a whole number from " + min + " to " + max, text -> whole(text).filter(n -> n >= min && n <= max));
    }

    /** Metres as the log keeps them: exact, with three decimals. */
    static Type<BigDecimal> metres(String min, String max) {
        var least = new BigDecimal(min);
        var most = new BigDecimal(max);
        return new Type<>(
                "metres from " + min + " to " + max + ", with at most three decimals", text -> matching(METRES, text)
                        .map(matched -> new BigDecimal(matched).setScale(3))
                        .filter(d -> d.compareTo(least) >= 0 && d.compareTo(most) <= 0));
    }

    static Type<Double> probability() {
        return new Type<>(
                "a probability from 0 to 1",
                text -> matching(FRACTION, text).map(Double::valueOf).filter(p -> p <= 1));
    }

    static Type<OptionalLong> seed() {
        return new Type<>(
                "random, or a whole number from " + Long.MIN_VALUE + " to " + Long.MAX_VALUE,
                text -> text.equals("random")
                        ? Optional.of(OptionalLong.empty())
                        : whole(text).map(OptionalLong::of));
    }

    /** One of an enum's constants, written as its {@code toString}. */
    static <E extends Enum<E>> Type<E> oneOf(Class<E> options) {
        E[] constants = options.getEnumConstants();
        return new Type<>(
                Arrays.stream(constants).map(E::toString).collect(Collectors.joining(" or ")),
                text -> Arrays.stream(constants)
                        .filter(option -> option.toString().equals(text))
                        .findFirst());
    }

    static Type<Boolean> trueOrFalse() {
        return new Type<>(
                "true or false",
                text -> text.equals("true") || text.equals("false")
                        ? Optional.of(Boolean.valueOf(text))
                        : Optional.empty());
    }

    static Type<Integer> port() {
        return new Type<>(
                "a port from 0 to 65535, 0 for any free one", integer(0, 65_535).parser());
    }

    static Type<String> host() {
        return new Type<>(
                "a host name or an IP address", text -> Optional.of(text).filter(Types::isHost));
    }

    static Type<String> stream() {
        return new Type<>("1 to 512 characters without spaces", text -> matching(STREAM, text));
    }

    static Type<Path> path() {
        return new Type<>("the path of a directory", text -> Optional.of(ExactPath.of(text))
                .filter(path -> !text.isBlank()));
    }

    /** Empty for {@code system}. */
    static Type<Optional<Path>> systemOrFile() {
        return new Type<>(
                "system, or the path of a PEM file that can be read",
                text -> text.equals("system")
                        ? Optional.of(Optional.empty())
                        : Optional.of(Optional.of(ExactPath.of(text)).filter(Files::isReadable))
                                .filter(Optional::isPresent));
    }

    static boolean isHost(String text) {
        if (IPV4_LIKE.matcher(text).matches()) {
            return IPV4.matcher(text).matches();
        }
        if (IPV6_LIKE.matcher(text).matches()) {
            try {
                // only digits, colons and dots come here: a literal, for which no name server is asked
                return InetAddress.getByName(text) != null;
            } catch (UnknownHostException e) {
                return false;
            }
        }
        return HOST_NAME.matcher(text).matches();
    }

    private static Optional<Long> whole(String text) {
        return Numbers.whole(text).stream().boxed().findFirst();
    }

    private static Optional<String> matching(Pattern pattern, String text) {
        return Optional.of(text).filter(t -> pattern.matcher(t).matches());
    }
}
