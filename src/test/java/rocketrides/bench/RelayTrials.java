package rocketrides.bench;

import static rocketrides.bench.Rig.await;

import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Measures how fast staged records become the log, and the log becomes totals, while nobody books. */
final class RelayTrials {
    private static final int WARM_UPS = 2;

    // The minimum work of any relay of an outbox table.
    private static final String DELETE_RETURNING = """
            WITH taken AS (
              DELETE FROM staged_log_records WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM staged_log_records WHERE partition = 0 ORDER BY id LIMIT $1))
              RETURNING id, action, object, data)
            SELECT id, action, object, data::text FROM taken ORDER BY id""";

    private static final String RECORD =
            "{\"id\": 1234567, \"distance\": 123.456, \"created_at\": \"2026-01-01T00:00:00.000000Z\"}";

    private final Rig rig;
    private final BenchReport report;
    private final Path out;
    private final int rounds;
    private final boolean quick;
    private final int batchSize;

    RelayTrials(Rig rig, BenchReport report, Path out, int rounds, boolean quick, int batchSize) {
        this.rig = rig;
        this.report = report;
        this.out = out;
        this.rounds = rounds;
        this.quick = quick;
        this.batchSize = batchSize;
    }

    /** Raw limits, relay and consumers, one after the other in each round, so that all have the same conditions. */
    void rates() {
        int records = quick ? 50_000 : 400_000;
        var bare = new Rounds();
        var xadd = new Rounds();
        var relay = new Rounds();
        var stream = new Rounds();
        var archive = new Rounds();
        for (int round = -WARM_UPS; round < rounds; round++) {
            try (var log = rig.newLog()) {
                log.stage(records);
                add(bare, round, records, () -> deleteReturning(log));
                add(xadd, round, records, () -> pipelinedXadd(log, records));
                log.sql("TRUNCATE rides");
                log.redis(Command.DEL, log.settings.stream());
                log.stage(records);
                add(relay, round, records, () -> log.secondsToPublish(records, batchSize));
                add(archive, round, records, () -> log.secondsToConsume(records, batchSize));
                log.verifyTotals();
            }
            if (round >= 0) {
                fromStream(records, stream);
            }
        }
        report.measured("bare delete-returning, same batch size", bare, "records/s");
        report.measured("bare XADD, one write a batch", xadd, "records/s");
        report.atLeast("relay, against bare delete-returning", relay, "records/s", bare, 0.8);
        report.atLeast("each of two consumers, reading the stream, against the relay", stream, "records/s", relay, 1.5);
        report.atLeast(
                "each of two consumers, far behind and reading segments, against the relay",
                archive,
                "records/s",
                relay,
                1.5);
        report.atLeast("the same, against reading the stream", archive, "records/s", stream, 1);
    }

    /** The first rounds warm up. */
    private void add(Rounds rounds, int round, int records, Supplier<Double> seconds) {
        var measured = rig.cpu.during(seconds);
        if (round >= 0) {
            rounds.add(records / measured.value(), measured.used());
        }
    }

    /**
     * Consumers that may not save while the log is published, so that everything is in the stream when they continue.
     */
    private void fromStream(int records, Rounds rounds) {
        try (var log = rig.newLog(records)) {
            log.stage(records);
            var follow = log.follow(batchSize);
            log.secondsToPublish(records, batchSize);
            add(rounds, 0, records, () -> follow.seconds(records));
            log.verifyTotals();
        }
    }

    private double deleteReturning(BenchLog log) {
        var connection = await(log.postgres.streamerPool().getConnection());
        long start = System.nanoTime();
        while (await(connection.preparedQuery(DELETE_RETURNING).execute(Tuple.of((long) batchSize)))
                        .size()
                > 0) {
            continue;
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        await(connection.close());
        return seconds;
    }

    private double pipelinedXadd(BenchLog log, int records) {
        var connection = log.connection();
        long start = System.nanoTime();
        for (int first = 1; first <= records; first += batchSize) {
            var commands = new ArrayList<Request>(batchSize);
            for (int i = first; i < first + batchSize; i++) {
                commands.add(Request.cmd(Command.XADD)
                        .arg(log.settings.stream())
                        .arg(i + "-0")
                        .arg("data")
                        .arg(RECORD));
            }
            await(connection.batch(commands));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        await(connection.close());
        return seconds;
    }

    /** The rate must not depend on the number of waiting records. */
    void backlogs() throws IOException {
        var sizes = quick ? List.of(10_000, 100_000, 300_000) : List.of(10_000, 100_000, 1_000_000, 5_000_000);
        var rates = new ArrayList<Rounds>();
        for (int size : sizes) {
            try (var log = rig.newLog()) {
                log.stage(size);
                var rate = new Rounds();
                add(rate, 0, size, () -> log.secondsToPublish(size, batchSize));
                rates.add(rate);
                log.verifyLog();
            }
        }
        var names = sizes.stream()
                .map(size -> String.format(Locale.ROOT, "%,d", size))
                .toList();
        for (int i = 0; i < sizes.size() - 1; i++) {
            report.measured("relay, backlog of " + names.get(i), rates.get(i), "records/s");
        }
        int last = sizes.size() - 1;
        report.atLeast(
                "relay, backlog of " + names.get(last) + ", against 100,000",
                rates.get(last),
                "records/s",
                rates.get(1),
                0.8);
        new Plot("Relay by backlog", "records/s", names)
                .line("relay", rates.stream().map(Rounds::median).toList())
                .write(out.resolve("backlog.svg"));
    }

    /** A transaction that began first is idle all the time, so deleted rows cannot be vacuumed. */
    void idleTransaction() {
        int dead = quick ? 200_000 : 1_000_000;
        int records = 100_000;
        try (var log = rig.newLog()) {
            log.stage(records);
            var before = new Rounds();
            add(before, 0, records, () -> log.secondsToPublish(records, batchSize));
            var idle = await(PgConnection.connect(rig.vertx, PgConnectOptions.fromUri(log.uri())));
            await(idle.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM log_head")
                    .execute());
            log.stage(dead);
            log.secondsToPublish(records + dead, batchSize);
            log.stage(records);
            var during = new Rounds();
            add(during, 0, records, () -> log.secondsToPublish(2 * records + dead, batchSize));
            await(idle.close());
            log.verifyLog();
            report.atLeast(
                    String.format(
                            Locale.ROOT,
                            "relay, 100,000 behind %,d dead rows of an idle transaction, against none",
                            dead),
                    during,
                    "records/s",
                    before,
                    0.8);
        }
    }
}
