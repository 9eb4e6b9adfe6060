package rocketrides.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Where Postgres, Redis and a collector of traces are. */
final class UriTypes {
    private static final int MAX_LENGTH = 2_048;

    private UriTypes() {}

    static Type<String> postgres() {
        return embeddedOr(
                "postgresql://user:password@host:port/database?sslmode=… (special characters percent-encoded; sslmode"
                        + " disable, allow, prefer, require, verify-ca or verify-full)",
                ServerUri::postgres);
    }

    static Type<String> redis() {
        return embeddedOr(
                "redis://user:password@host:port/database, rediss:// for TLS (special characters percent-encoded; user,"
                        + " password, port and database may be left out)",
                ServerUri::redis);
    }

    private static Type<String> embeddedOr(String form, Consumer<String> check) {
        return new Type<>("embedded, or " + form, text -> {
            if (!text.equals(Settings.EMBEDDED)) {
                check.accept(text);
            }
            return Optional.of(text);
        });
    }

    /** Empty for {@code off}. */
    static Type<Optional<URI>> collector() {
        return new Type<>(
                "off, or http://host:port of a collector that takes OTLP over HTTP, https:// for TLS (without user,"
                        + " password, parameters; a host name without underscores)",
                text -> text.equals("off")
                        ? Optional.of(Optional.empty())
                        : Optional.of(collector(text)).filter(Optional::isPresent));
    }

    /** The client of the collector takes what {@link URI} takes; that has no host if its name has an underscore. */
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
}
