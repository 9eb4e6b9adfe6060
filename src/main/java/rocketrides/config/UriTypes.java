package rocketrides.config;

import io.vertx.pgclient.PgConnectOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where Postgres, Redis and a collector of traces are. Stricter than the clients, which silently put {@code localhost}, {@code user} or
 * {@code db} where a part is missing or not understood, and would then talk to the wrong server.
 */
final class UriTypes {
    private static final int MAX_LENGTH = 2_048;
    private static final Pattern POSTGRES = Pattern.compile("postgres(?:ql)?://(?<user>[^/?#@]+@)?"
            + "(?:\\[[^/?#@\\]]+]|[^/?#@:\\[]+)(?::\\d+)?/[^/?#]+(?:\\?(?<parameters>[^#]*))?");
    private static final Pattern USER = Pattern.compile("user=.+");
    private static final Pattern REDIS_USER = Pattern.compile("[^:]*:.+"); // the client ignores a user alone
    private static final Pattern REDIS_DATABASE = Pattern.compile("(?:/\\d{0,4})?");
    private static final Pattern REDIS_PARAMETER = Pattern.compile("db=\\d{1,4}|(?:user|password)=.+");

    private UriTypes() {}

    static Type<String> postgres() {
        return new Type<>(
                "embedded, or postgresql://user:password@host:port/database?sslmode=… (special characters"
                        + " percent-encoded; sslmode disable, allow, prefer, require, verify-ca or verify-full)",
                text -> Optional.of(text).filter(uri -> uri.equals(Settings.EMBEDDED) || isPostgres(uri)));
    }

    static Type<String> redis() {
        return new Type<>(
                "embedded, or redis://user:password@host:port/database, rediss:// for TLS (special characters"
                        + " percent-encoded; user, password, port and database may be left out)",
                text -> Optional.of(text).filter(uri -> uri.equals(Settings.EMBEDDED) || isRedis(uri)));
    }

    /** Empty for {@code off}. */
    static Type<Optional<URI>> collector() {
        return new Type<>(
                "off, or http://host:port of a collector that takes OTLP over HTTP, https:// for TLS (without user,"
                        + " password, parameters)",
                text -> text.equals("off")
                        ? Optional.of(Optional.empty())
                        : Optional.of(collector(text)).filter(Optional::isPresent));
    }

    private static Optional<URI> collector(String text) {
        try {
            var uri = new URI(text);
            return Optional.of(uri)
                    .filter(u -> text.length() <= MAX_LENGTH
                            && List.of("http", "https").contains(String.valueOf(uri.getScheme()))
                            && uri.getHost() != null
                            && isPort(uri.getPort())
                            && uri.getRawUserInfo() == null
                            && uri.getRawQuery() == null
                            && uri.getRawFragment() == null);
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static boolean isPort(int port) {
        return port == -1 || port > 0 && port <= 65_535;
    }

    private static boolean isPostgres(String uri) {
        Matcher matcher = POSTGRES.matcher(uri);
        if (uri.length() > MAX_LENGTH || !matcher.matches()) {
            return false;
        }
        boolean user = matcher.group("user") != null
                || parameters(matcher.group("parameters")).stream()
                        .anyMatch(p -> USER.matcher(p).matches());
        return user && isPostgresForTheClient(uri);
    }

    /** The client has the last word, as it allows fewer characters than a URI does; it also knows the modes of TLS. */
    private static boolean isPostgresForTheClient(String uri) {
        try {
            return PgConnectOptions.fromUri(uri) != null;
        } catch (IllegalArgumentException e) {
            return false; // its message holds the password
        }
    }

    private static boolean isRedis(String text) {
        try {
            var uri = new URI(text);
            String user = uri.getRawUserInfo();
            return text.length() <= MAX_LENGTH
                    && List.of("redis", "rediss").contains(String.valueOf(uri.getScheme()))
                    && uri.getHost() != null
                    && isPort(uri.getPort())
                    && (user == null || REDIS_USER.matcher(user).matches())
                    && REDIS_DATABASE.matcher(uri.getRawPath()).matches()
                    && uri.getRawFragment() == null
                    && parameters(uri.getRawQuery()).stream()
                            .allMatch(p -> REDIS_PARAMETER.matcher(p).matches());
        } catch (URISyntaxException e) {
            return false; // its message holds the password
        }
    }

    private static List<String> parameters(String query) {
        return query == null ? List.of() : List.of(query.split("&"));
    }
}
