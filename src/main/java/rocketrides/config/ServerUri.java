package rocketrides.config;

import io.netty.util.NetUtil;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import rocketrides.runtime.HostAndPort;
import rocketrides.runtime.Numbers;

/**
 * Where a Postgres or a Redis is, and as whom to log in. The clients' own parsers are not used: they ignore parameters
 * that they do not know, put defaults where a part is missing, read a plus as a space, and know fewer host names.
 *
 * @param named user, password, database and other parameters by name, decoded
 */
public record ServerUri(String scheme, String host, int port, Map<String, String> named) {
    private static final int MAX_LENGTH = 2_048;
    private static final String CHARACTER = "(?:[A-Za-z0-9._~!$'()*+,;-]|%[0-9A-Fa-f]{2})";
    private static final String NAME = "[A-Za-z0-9_.-]+";
    private static final String VALUE = "(?:" + CHARACTER + "|[:/?=])*";
    private static final Pattern FORM = Pattern.compile("(?<scheme>[a-z]+)://"
            + "(?:(?<user>(?:" + CHARACTER + "|[&=])*)(?::(?<password>(?:" + CHARACTER + "|[&=:])+))?@)?"
            + "(?:\\[(?<address>[0-9A-Fa-f:.]+)]|(?<host>[A-Za-z0-9._-]+))(?::(?<port>[0-9]{1,5}))?"
            + "(?:/(?<database>" + CHARACTER + "*))?"
            + "(?:\\?(?<parameters>" + NAME + "=" + VALUE + "(?:&" + NAME + "=" + VALUE + ")*))?");
    private static final Pattern IPV4_LIKE = Pattern.compile("[0-9.]+");
    private static final Pattern HOST_NAME = Pattern.compile("(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?"
            + "(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\\.?");
    private static final List<String> SSL_MODES =
            List.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

    /**
     * {@code postgresql://user:password@host:port/database?sslmode=…}. Throws {@link IllegalArgumentException} with a
     * message that holds no password.
     */
    public static ServerUri postgres(String uri) {
        var parsed = parse(uri, List.of("postgresql", "postgres"), 5432, List.of("user", "password", "sslmode"));
        require(parsed.named("user").isPresent(), "it has no user");
        require(parsed.named("database").isPresent(), "it has no database");
        String mode = parsed.named("sslmode").orElse("disable");
        require(SSL_MODES.contains(mode), "its sslmode is none of " + String.join(", ", SSL_MODES));
        parsed.requireNameFit(mode.equals("verify-full"));
        return parsed;
    }

    /**
     * {@code redis://user:password@host:port/database}, or {@code rediss://} for TLS. Throws as
     * {@link #postgres(String)} does.
     */
    public static ServerUri redis(String uri) {
        var parsed = parse(uri, List.of("redis", "rediss"), 6379, List.of("user", "password", "db"));
        require(
                parsed.named("user").isEmpty() || parsed.named("password").isPresent(),
                "it has a user without a password");
        parsed.named("database").ifPresent(database -> {
            OptionalLong number = Numbers.whole(database);
            require(
                    number.isPresent() && number.getAsLong() >= 0 && number.getAsLong() <= 9_999,
                    "its database is no" + " number from 0 to 9999");
        });
        parsed.requireNameFit(parsed.scheme.equals("rediss"));
        return parsed;
    }

    public Optional<String> named(String name) {
        return Optional.ofNullable(named.get(name));
    }

    /** Without the password, so that it may be printed. */
    @Override
    public String toString() {
        return scheme + "://" + HostAndPort.of(host, port);
    }

    private void requireNameFit(boolean verified) {
        require(
                !verified || host.indexOf('_') < 0,
                "its host has an underscore, and no certificate for such a name can be verified");
    }

    private static ServerUri parse(String uri, List<String> schemes, int defaultPort, List<String> known) {
        Matcher matcher = FORM.matcher(uri);
        require(uri.length() <= MAX_LENGTH, "it is longer than " + MAX_LENGTH + " characters");
        require(
                matcher.matches() && schemes.contains(matcher.group("scheme")),
                "it is not of the form below, or a special character is not percent-encoded");
        Map<String, String> named = new LinkedHashMap<>();
        put(named, "user", matcher.group("user"));
        put(named, "password", matcher.group("password"));
        put(named, "database", matcher.group("database"));
        for (String parameter : Optional.ofNullable(matcher.group("parameters")).stream()
                .flatMap(all -> List.of(all.split("&")).stream())
                .toList()) {
            String name = parameter.substring(0, parameter.indexOf('='));
            String value = parameter.substring(parameter.indexOf('=') + 1);
            require(
                    known.contains(name),
                    "its parameter " + WrittenValue.shown(name) + " is unknown; did you mean "
                            + NearestName.of(name, known) + "?");
            require(!value.isEmpty(), "its parameter " + name + " is empty");
            put(named, name.equals("db") ? "database" : name, value);
        }
        String host = Optional.ofNullable(matcher.group("host")).orElse(matcher.group("address"));
        require(
                isHost(host) && (matcher.group("host") == null) == host.contains(":"),
                "its host is neither a name nor an address");
        int port = matcher.group("port") == null
                ? defaultPort
                : (int) Numbers.whole(matcher.group("port")).orElseThrow();
        require(port > 0 && port <= 65_535, "its port is not from 1 to 65535");
        return new ServerUri(matcher.group("scheme"), host, port, Map.copyOf(named));
    }

    static boolean isHost(String text) {
        return IPV4_LIKE.matcher(text).matches()
                ? NetUtil.isValidIpV4Address(text)
                : !text.startsWith("[") && NetUtil.isValidIpV6Address(text)
                        || HOST_NAME.matcher(text).matches();
    }

    private static void put(Map<String, String> named, String name, String value) {
        if (value != null && !value.isEmpty()) {
            require(named.put(name, decoded(name, value)) == null, "its " + name + " is given twice");
        }
    }

    /** Only percent-encoding: a plus is a plus. */
    private static String decoded(String name, String value) {
        String decoded = URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
        require(
                decoded.chars().noneMatch(c -> Character.isISOControl(c) || c == '\uFFFD'),
                "its " + name + " is not printable text in UTF-8");
        return decoded;
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
