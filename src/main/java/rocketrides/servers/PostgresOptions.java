package rocketrides.servers;

import io.vertx.core.net.ClientSSLOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import rocketrides.config.ServerUri;

/** Builds the connection options for the Postgres at a URI. */
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

    /**
     * As in libpq: {@code require} accepts any certificate, {@code verify-ca} asks for a trusted authority, and
     * {@code verify-full} also checks the host name.
     */
    private static ClientSSLOptions ssl(SslMode mode, Trust trust) {
        ClientSSLOptions ssl =
                new ClientSSLOptions().setHostnameVerificationAlgorithm(mode == SslMode.VERIFY_FULL ? "HTTPS" : "");
        boolean verifies = mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
        return verifies ? ssl.setTrustOptions(trust.options()) : ssl.setTrustAll(true);
    }
}
