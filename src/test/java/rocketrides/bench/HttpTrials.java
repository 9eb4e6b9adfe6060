package rocketrides.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.HdrHistogram.Histogram;
import rocketrides.testing.Pause;

/**
 * What clients see: rides per second, compared with Postgres itself, and the time until all consumers have counted a
 * ride.
 */
final class HttpTrials {
    private static final int CLIENTS = 64;
    private static final int MANY_CLIENTS = 256;
    private static final int IDLE_CONNECTIONS = 8_000;
    private static final List<String> NAMES = List.of("50", "99", "99.9");
    private static final List<String> STAGES = List.of(
            "its insert begins",
            "its segment is inserted, which is not yet committed",
            "it is in the stream",
            "both consumers have committed");

    private final Rig rig;
    private final BenchReport report;
    private final Path out;
    private final int rounds;
    private final boolean quick;
    private final int batchSize;
    private Rounds original = new Rounds();

    HttpTrials(Rig rig, BenchReport report, Path out, int rounds, boolean quick, int batchSize) {
        this.rig = rig;
        this.report = report;
        this.out = out;
        this.rounds = rounds;
        this.quick = quick;
        this.batchSize = batchSize;
    }

    /** The API alone, compared with pgbench with the same number of clients. */
    void throughput() {
        int seconds = quick ? 5 : 10;
        var reference = new Rounds();
        var oneStatement = new Rounds();
        var http = new Rounds();
        for (int round = 0; round < rounds; round++) {
            pgbench(PgBench.ORIGINAL, CLIENTS, seconds, reference);
            pgbench(PgBench.ONE_STATEMENT, CLIENTS, seconds, oneStatement);
            try (var log = rig.newLog();
                    var riders = new Riders(log.api(), CLIENTS)) {
                riders.begin();
                Pause.millis(round == 0 ? 10_000 : 3_000);
                http.add(rig.cpu.during(() -> riders.rate(seconds)));
                riders.end();
                log.verifyStaged();
            }
        }
        var what = "POST /rides, " + CLIENTS + " clients";
        if (reference.isEmpty()) {
            report.measured(what, http, "rides/s");
            return;
        }
        original = reference;
        report.measured("pgbench, the original's transaction, " + CLIENTS + " clients", reference, "rides/s");
        report.measured("pgbench, one statement, " + CLIENTS + " clients", oneStatement, "rides/s");
        report.atLeast(what + ", against the original's transaction", http, "rides/s", reference, 4.5);
    }

    private void pgbench(String script, int clients, int seconds, Rounds results) {
        try (var log = rig.newLog()) {
            var measured = rig.cpu.during(() -> PgBench.run(log, out, script, clients, seconds));
            measured.value().ifPresent(rate -> results.add(rate, measured.used()));
        }
    }

    /** All roles at once. The result is what the slower consumer has committed at the end of the minute. */
    void endToEnd() {
        if (original.isEmpty()) {
            pgbench(PgBench.ORIGINAL, CLIENTS, quick ? 5 : 10, original);
        }
        endToEnd(CLIENTS, 3.5);
        endToEnd(MANY_CLIENTS, 4.5);
    }

    /** Compared with pgbench with 64 clients, also if there are more here: it does no more with more. */
    private void endToEnd(int clients, double goal) {
        int seconds = quick ? 10 : 60;
        try (var log = rig.newLog()) {
            log.run(batchSize);
            var offsets = new ConcurrentHashMap<String, Long>();
            log.onConsumed(consumed -> offsets.put(consumed.consumer(), consumed.offset()));
            long behind;
            Cpu.Measured<Long> measured;
            try (var riders = new Riders(log.api(), clients)) {
                riders.begin();
                Pause.millis(10_000);
                long from = slowest(offsets);
                measured = rig.cpu.during(() -> {
                    riders.rate(seconds);
                    return slowest(offsets) - from;
                });
                long last = slowest(offsets);
                behind = log.number("SELECT count(*) FROM rides") - last;
                riders.end();
            }
            log.awaitConsumed(120);
            log.verifyTotals();
            var used = measured.used();
            var rate = Rounds.of(measured.value() / (double) seconds, used);
            var what = "POST → both consumers committed, " + clients + " clients, sustained " + seconds + " s";
            if (original.isEmpty()) {
                report.measured(what, rate, "rides/s");
            } else {
                report.atLeast(what + ", against the original's transaction", rate, "rides/s", original, goal);
            }
            report.measured("rides not yet consumed at its end", Rounds.of(behind), "rides");
            var perRide = Rounds.of(1e6 * used.ours() / measured.value(), used);
            report.atMost("CPU for each ride, load included, " + clients + " clients", perRide, "µs", 60);
        }
    }

    private static long slowest(Map<String, Long> offsets) {
        return offsets.values().stream().mapToLong(offset -> offset).min().orElseThrow();
    }

    /** The throughput of the API while so many other connections are open that nothing is sent on. */
    void idleConnections() {
        int seconds = quick ? 5 : 10;
        var without = new Rounds();
        var with = new Rounds();
        for (int round = 0; round < rounds; round++) {
            try (var log = rig.newLog();
                    var riders = new Riders(log.api(), CLIENTS)) {
                riders.begin();
                Pause.millis(round == 0 ? 10_000 : 3_000);
                without.add(rig.cpu.during(() -> riders.rate(seconds)));
                var idle = new Riders(riders.port, IDLE_CONNECTIONS);
                with.add(rig.cpu.during(() -> riders.rate(seconds)));
                idle.close();
                riders.end();
            }
        }
        report.measured("POST /rides, " + CLIENTS + " clients", without, "rides/s");
        var what = "the same beside " + IDLE_CONNECTIONS + " idle connections";
        report.atLeast(what, with, "rides/s", without, 0.95);
    }

    /**
     * At fixed rates, from the time at which a ride is due to the later of the two commits; and the same of one statement
     * of pgbench for each ride, which writes the same and nobody consumes.
     */
    void latency() throws IOException {
        var rates = quick ? List.of(500, 2_000) : List.of(500, 1_000, 2_000, 4_000);
        int seconds = quick ? 10 : 20;
        var plot = new Plot(
                "POST → both consumers committed",
                "ms",
                rates.stream().map(r -> r + " rides/s").toList());
        var medians = NAMES.stream().map(name -> new ArrayList<Double>()).toList();
        for (int rate : rates) {
            var postgres = NAMES.stream().map(name -> new Rounds()).toList();
            var ours = NAMES.stream().map(name -> new Rounds()).toList();
            var stages = STAGES.stream().map(name -> new Rounds()).toList();
            var perRide = new Rounds();
            for (int round = 0; round < rounds; round++) {
                try (var log = rig.newLog()) {
                    var measured = rig.cpu.during(() -> PgBench.atRate(log, out, rate, seconds));
                    measured.value().ifPresent(all -> add(all, measured.used(), postgres));
                }
                try (var log = rig.newLog()) {
                    var measured = latency(log, rate, riders(rate, seconds));
                    add(measured.value().all(), measured.used(), ours);
                    for (int i = 0; i < STAGES.size(); i++) {
                        stages.get(i).add(median(measured.value().stages().get(i)), measured.used());
                    }
                    perRide.add(1e6 * measured.used().ours() / (rate * seconds), measured.used());
                }
            }
            for (int i = 0; i < NAMES.size(); i++) {
                report(rate, i, ours.get(i), postgres.get(i));
                medians.get(i).add(ours.get(i).median());
            }
            for (int i = 0; i < STAGES.size(); i++) {
                report.measured("of which until " + STAGES.get(i) + ", p50", stages.get(i), "ms");
            }
            report.measured("CPU for each ride, load included, " + rate + " rides/s", perRide, "µs");
        }
        for (int i = 0; i < NAMES.size(); i++) {
            plot.line("p" + NAMES.get(i), medians.get(i));
        }
        plot.write(out.resolve("latency.svg"));
    }

    private void report(int rate, int percentile, Rounds ours, Rounds postgres) {
        var at = rate + " rides/s, p" + NAMES.get(percentile);
        var what = "POST → both consumers committed, " + at;
        if (postgres.isEmpty()) {
            report.measured(what, ours, "ms");
            return;
        }
        report.measured("pgbench, one statement, " + at, postgres, "ms");
        if (percentile == 2 || rate != 500 && rate != 2_000) {
            report.measured(what, ours, "ms");
        } else {
            report.atMost(what + ", against it", ours, "ms", postgres, percentile == 0 && rate == 2_000 ? 6 : 4);
        }
    }

    private static void add(Histogram latencies, Cpu.Used used, List<Rounds> percentiles) {
        for (int i = 0; i < NAMES.size(); i++) {
            percentiles.get(i).add(latencies.getValueAtPercentile(Double.parseDouble(NAMES.get(i))) / 1e6, used);
        }
    }

    /**
     * The same with API, streamer and consumers in separate processes, and with rides that another program books by
     * SQL, compared with one process. Postgres wakes the streamer. There is less SQL, because each of its transactions
     * notifies, and holds a lock until it is on disk.
     */
    void processes() {
        int rate = 500;
        int sqlRate = 200;
        int seconds = quick ? 5 : 20;
        var together = new Rounds();
        var apart = new Rounds();
        var sql = new Rounds();
        for (int round = 0; round < rounds; round++) {
            try (var log = rig.newLog()) {
                addMedian(together, latency(log, rate, riders(rate, seconds)));
            }
            try (var log = rig.newLogOfThreeProcesses()) {
                addMedian(apart, latency(log, rate, riders(rate, seconds)));
            }
            try (var log = rig.newLogOfThreeProcesses()) {
                addMedian(sql, latency(log, sqlRate, (there, port) -> there.bookBySql(sqlRate, seconds)));
            }
        }
        var what = " → both consumers committed, p50, ";
        var post = rate + " rides/s by POST";
        report.measured(post + what + "one process", together, "ms");
        report.atMost(post + what + "three processes, against one", apart, "ms", together, 2);
        report.atMost(
                sqlRate + " rides/s by SQL of another program" + what + "three processes, against the first",
                sql,
                "ms",
                together,
                2);
    }

    private static void addMedian(Rounds rounds, Cpu.Measured<Latencies> latencies) {
        rounds.add(median(latencies.value().all()), latencies.used());
    }

    /** In milliseconds. */
    private static double median(Histogram latencies) {
        return latencies.getValueAtPercentile(50) / 1e6;
    }

    /** From when a ride was due until both consumers have saved it, and its parts. */
    private record Latencies(Histogram all, List<Histogram> stages) {
        Latencies() {
            this(new Histogram(3), STAGES.stream().map(name -> new Histogram(3)).toList());
        }

        void add(long due, long... ends) {
            long from = due;
            for (int i = 0; i < ends.length; i++) {
                // Postgres has another clock.
                stages.get(i).recordValue(Math.max(0, ends[i] - from));
                from = ends[i];
            }
            all.recordValue(from - due);
        }
    }

    /** Books rides on a log whose API listens on the port. */
    private interface Load {
        List<Riders.Booking> book(BenchLog log, int port);
    }

    private static Load riders(int rate, int seconds) {
        return (log, port) -> {
            try (var riders = new Riders(port, CLIENTS)) {
                return riders.atRate(rate, seconds);
            }
        };
    }

    private Cpu.Measured<Latencies> latency(BenchLog log, int rate, Load load) {
        log.run(batchSize);
        Map<String, ConcurrentSkipListMap<Long, Long>> commits =
                Map.of("consumer0", new ConcurrentSkipListMap<>(), "consumer1", new ConcurrentSkipListMap<>());
        var published = new ConcurrentSkipListMap<Long, Long>();
        log.onPublished(segment -> published.putIfAbsent(segment.lastOffset(), System.nanoTime()));
        log.onConsumed(consumed -> commits.get(consumed.consumer()).putIfAbsent(consumed.offset(), System.nanoTime()));
        int port = log.api();
        try (var warmUp = new Riders(port, 8)) {
            warmUp.atRate(rate, 5);
        }
        var booked = rig.cpu.during(() -> load.book(log, port));
        log.awaitConsumed(60);
        log.verifyTotals();
        var places = log.placesOfRides();
        var latencies = new Latencies();
        for (var booking : booked.value()) {
            var place = places.get(booking.id());
            long offset = place.offset();
            long last = Math.max(
                    commits.get("consumer0").ceilingEntry(offset).getValue(),
                    commits.get("consumer1").ceilingEntry(offset).getValue());
            long sent = published.ceilingEntry(offset).getValue();
            latencies.add(booking.due(), place.inserted(), place.sealed(), sent, last);
        }
        return new Cpu.Measured<>(latencies, booked.used());
    }
}
