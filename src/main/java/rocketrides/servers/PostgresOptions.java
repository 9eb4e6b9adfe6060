package rocketrides.servers;

import io.vertx.core.net.ClientSSLOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import rocketrides.config.ServerUri;

/** How a connection to the Postgres at a URI is made. */
final class PostgresOptions {
    private PostgresOptions() {}

    static PgConnectOptions of(String uri, Trust trust) {
        ServerUri server = ServerUri.postgres(uri);
        PgConnectOptions options = new PgConnectOptions()
                .setHost(server.host())
                .setPort(server.port())
                .setDatabase(server.named("database").orElseThrow())
                .setUser(server.named("user").orElseThrow())
                .setSslMode(SslMode.of(server.named("sslmode").orElse("disable")));
        server.named("password").ifPresent(options::setPassword);
        options.setCachePreparedStatements(true)
                .setPreparedStatementCacheSqlLimit(16_384)
                .addProperty("application_name", "rocket-rides-log");
        SessionSettings.OF_ALL.forEach(options::addProperty);
        return options.setSslOptions(ssl(options.getSslMode(), trust));
    }

    static PgConnectOptions forStreamer(PgConnectOptions options) {
        PgConnectOptions copy = new PgConnectOptions(options);
        SessionSettings.OF_STREAMERS.forEach(copy::addProperty);
        return copy;
    }

    /** As in libpq: up to {@code require} any certificate will do; then a known authority; then the host's own name. */
    private static ClientSSLOptions ssl(SslMode mode, Trust trust) {
        ClientSSLOptions ssl =
                new ClientSSLOptions().setHostnameVerificationAlgorithm(mode == SslMode.VERIFY_FULL ? "HTTPS" : "");
        boolean verifies = mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
        return verifies ? ssl.setTrustOptions(trust.options()) : ssl.setTrustAll(true);
    }
}
