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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rocketrides.runtime.HostAndPort;
import rocketrides.runtime.Numbers;

/**
 * The parsed URI of a Postgres or Redis server. The clients' own parsers are too lenient: they ignore unknown
 * parameters, use defaults for missing parts and read a plus as a space. They also accept fewer host names.
 *
 * @param hosts several only for Sentinel and Cluster
 * @param named user, password, database, master and other parameters by name, decoded
 */
public record ServerUri(String scheme, List<HostAndPort> hosts, Map<String, String> named) {
    private static final int MAX_LENGTH = 2_048;
    private static final String CHARACTER = "(?:[A-Za-z0-9._~!$'()*+,;-]|%[0-9A-Fa-f]{2})";
    private static final String NAME = "[A-Za-z0-9_.-]+";
    private static final String VALUE = "(?:" + CHARACTER + "|[:/?=])*";
    private static final String HOST = "(?:\\[(?:[0-9A-Fa-f:.]+)]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?";
    private static final Pattern FORM = Pattern.compile("(?<scheme>[a-z-]+)://"
            + "(?:(?<user>(?:" + CHARACTER + "|[&=])*)(?::(?<password>(?:" + CHARACTER + "|[&=:])+))?@)?"
            + "(?<hosts>" + HOST + "(?:," + HOST + ")*)"
            + "(?:/(?<path>" + CHARACTER + "*))?"
            + "(?:\\?(?<parameters>" + NAME + "=" + VALUE + "(?:&" + NAME + "=" + VALUE + ")*))?");
    private static final Pattern IPV4_LIKE = Pattern.compile("[0-9.]+");
    private static final Pattern HOST_NAME = Pattern.compile("(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?"
            + "(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\\.?");
    private static final Pattern MASTER = Pattern.compile("[A-Za-z0-9._-]+");
    private static final List<String> OF_REDIS = List.of("user", "password", "db");
    private static final List<String> OF_SENTINEL =
            List.of("user", "password", "db", "sentinel-user", "sentinel-password");
    private static final List<String> SSL_MODES =
            List.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

    /**
     * Parses {@code postgresql://user:password@host:port/database?sslmode=…}. Throws {@link IllegalArgumentException}
     * with a message that contains no password.
     */
    public static ServerUri postgres(String uri) {
        var parsed = parse(uri, List.of("postgresql", "postgres"), 5432, List.of("user", "password", "sslmode"));
        require(parsed.named("user").isPresent(), "it has no user");
        require(parsed.named("database").isPresent(), "it has no database");
        String mode = parsed.named("sslmode").orElse("disable");
        require(SSL_MODES.contains(mode), "its sslmode is none of " + String.join(", ", SSL_MODES));
        parsed.requireOneHost();
        parsed.requireNamesFit(mode.equals("verify-full"));
        return parsed;
    }

    /**
     * Parses {@code redis://user:password@host:port/database},
     * {@code redis-sentinel://user:password@host:port,host:port/master}, or
     * {@code redis-cluster://user:password@host:port,host:port}; with {@code rediss} for TLS. Throws like
     * {@link #postgres(String)}.
     */
    public static ServerUri redis(String uri) {
        boolean sentinel = uri.matches("rediss?-sentinel:.*");
        boolean cluster = uri.matches("rediss?-cluster:.*");
        String kind = sentinel ? "-sentinel" : cluster ? "-cluster" : "";
        var schemes = List.of("redis" + kind, "rediss" + kind);
        var parsed = parse(uri, schemes, sentinel ? 26379 : 6379, sentinel ? OF_SENTINEL : OF_REDIS);
        for (String whose : List.of("", "sentinel-")) {
            require(
                    parsed.named(whose + "user").isEmpty()
                            || parsed.named(whose + "password").isPresent(),
                    "it has a " + whose + "user without a " + whose + "password");
        }
        parsed.named("database").ifPresent(database -> {
            require(!cluster, "a cluster has no databases");
            OptionalLong number = Numbers.whole(database);
            require(
                    number.isPresent() && number.getAsLong() >= 0 && number.getAsLong() <= 9_999,
                    "its database is no number from 0 to 9999");
        });
        if (sentinel) {
            require(
                    MASTER.matcher(parsed.named("master").orElse("")).matches(),
                    "it has no name of a master, of letters, digits, '.', '-' and '_', behind its hosts");
        } else if (!cluster) {
            parsed.requireOneHost();
        }
        parsed.requireNamesFit(parsed.tls());
        return parsed;
    }

    /** Whether a Redis URI asks for TLS. */
    public boolean tls() {
        return scheme.startsWith("rediss");
    }

    public boolean sentinel() {
        return scheme.endsWith("-sentinel");
    }

    public boolean cluster() {
        return scheme.endsWith("-cluster");
    }

    /** The first host. */
    public String host() {
        return hosts.get(0).host();
    }

    /** The port of the first host. */
    public int port() {
        return hosts.get(0).port();
    }

    public Optional<String> named(String name) {
        return Optional.ofNullable(named.get(name));
    }

    /** Without user and password, so that it can be printed. */
    @Override
    public String toString() {
        return scheme + "://" + hosts.stream().map(HostAndPort::toString).collect(Collectors.joining(","))
                + named("master").map(master -> "/" + master).orElse("");
    }

    private void requireOneHost() {
        require(hosts.size() == 1, "it has several hosts, which only redis-sentinel:// and redis-cluster:// may have");
    }

    private void requireNamesFit(boolean verified) {
        require(
                !verified || hosts.stream().noneMatch(each -> each.host().indexOf('_') >= 0),
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
        put(named, matcher.group("scheme").endsWith("-sentinel") ? "master" : "database", matcher.group("path"));
        if (matcher.group("parameters") != null) {
            Stream.of(matcher.group("parameters").split("&")).forEach(parameter -> add(parameter, known, named));
        }
        List<HostAndPort> hosts = Stream.of(matcher.group("hosts").split(","))
                .map(host -> host(host, defaultPort))
                .toList();
        return new ServerUri(matcher.group("scheme"), hosts, Map.copyOf(named));
    }

    private static void add(String parameter, List<String> known, Map<String, String> named) {
        String name = parameter.substring(0, parameter.indexOf('='));
        String value = parameter.substring(parameter.indexOf('=') + 1);
        require(
                known.contains(name),
                "its parameter " + WrittenValue.shown(name) + " is unknown; did you mean " + NearestName.of(name, known)
                        + "?");
        require(!value.isEmpty(), "its parameter " + name + " is empty");
        put(named, name.equals("db") ? "database" : name, value);
    }

    private static HostAndPort host(String text, int defaultPort) {
        boolean bracketed = text.startsWith("[");
        int end = bracketed ? text.indexOf(']') + 1 : (text + ":").indexOf(':');
        String host = bracketed ? text.substring(1, end - 1) : text.substring(0, end);
        require(isHost(host) && bracketed == host.contains(":"), "its host is neither a name nor an address");
        int port = end == text.length()
                ? defaultPort
                : (int) Numbers.whole(text.substring(end + 1)).orElseThrow();
        require(port > 0 && port <= 65_535, "its port is not from 1 to 65535");
        return new HostAndPort(host, port);
    }

    /** Whether the text is a host name or an IP address. IPv6 addresses have no brackets here. */
    public static boolean isHost(String text) {
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

    /** Decodes percent-encoding only: a plus stays a plus. */
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
