package rocketrides.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.redis.client.Command;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import rocketrides.embedded.EmbeddedServers;
import rocketrides.runtime.Events;

/** Real servers of our own, durable as in the demo, and a Vert.x as the program makes it. */
final class Rig implements AutoCloseable {
    final Vertx vertx = newVertx();
    final String redis;
    final Cpu cpu;
    private final String postgres;
    private final EmbeddedServers servers;
    private final Optional<MachineRedis> machineRedis;
    private int databases;

    /** {@code embeddedRedis}: not the one that is installed on this machine. */
    Rig(Path directory, boolean embeddedRedis) {
        machineRedis = embeddedRedis ? Optional.empty() : MachineRedis.start(directory.resolve("machine-redis"));
        servers = new EmbeddedServers(directory, true, machineRedis.isEmpty());
        var uris = servers.start();
        postgres = uris.postgres().orElseThrow();
        redis = machineRedis.map(own -> own.uri).or(uris::redis).orElseThrow();
        try (var log = newLog()) {
            var postmaster = ProcessHandle.of(log.number("SELECT pg_backend_pid()"))
                    .flatMap(ProcessHandle::parent)
                    .orElseThrow();
            var info = log.redis(Command.INFO, "server").toString();
            cpu = new Cpu(postmaster, Long.parseLong(info.replaceAll("(?s).*process_id:(\\d+).*", "$1")));
        }
    }

    static Vertx newVertx() {
        var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        Events.register(vertx);
        return vertx;
    }

    boolean usesMachineRedis() {
        return machineRedis.isPresent();
    }

    /** A fresh database and a fresh stream, which is as long as in production. */
    BenchLog newLog() {
        return newLog(10_000);
    }

    /** The same with another {@code maxLength}, in entries. */
    BenchLog newLog(long maxLength) {
        return new BenchLog(this, newDatabase(), maxLength, false);
    }

    /** The same, with api, streamer and consumers in a process each. */
    BenchLog newLogOfThreeProcesses() {
        return new BenchLog(this, newDatabase(), 10_000, true);
    }

    /** The name of a fresh database. */
    String newDatabase() {
        var database = "bench_" + ProcessHandle.current().pid() + "_" + ++databases;
        admin("CREATE DATABASE " + database);
        return database;
    }

    String postgres(String database) {
        return postgres.replaceFirst("(//[^/]+/)[^?]*", "$1" + database);
    }

    void admin(String sql) {
        var pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(1))
                .connectingTo(PgConnectOptions.fromUri(postgres))
                .using(vertx)
                .build();
        await(pool.query(sql).execute());
        await(pool.close());
    }

    static int freePort() {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static <T> T await(Future<T> future) {
        return await(future, 120);
    }

    static <T> T await(Future<T> future, long seconds) {
        try {
            return future.await(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("not done after " + seconds + " s", e);
        }
    }

    @Override
    public void close() {
        await(vertx.close());
        servers.stop();
        machineRedis.ifPresent(MachineRedis::close);
    }
}
