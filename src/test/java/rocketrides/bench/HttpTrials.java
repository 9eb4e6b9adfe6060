package rocketrides.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentSkipListMap;
import org.HdrHistogram.Histogram;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Consumed;

/**
 * What clients see: rides per second, compared with Postgres itself, and the time until all consumers have counted a
 * ride.
 */
final class HttpTrials {
    private static final int CLIENTS = 64;
    private static final List<String> NAMES = List.of("50", "99", "99.9");

    private final Rig rig;
    private final BenchReport report;
    private final Path out;
    private final int rounds;
    private final boolean quick;
    private final int batchSize;
    private final List<Double> original = new ArrayList<>();

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
        List<Double> oneStatement = new ArrayList<>();
        List<Double> http = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            pgbench(PgBench.ORIGINAL, seconds).ifPresent(original::add);
            pgbench(PgBench.ONE_STATEMENT, seconds).ifPresent(oneStatement::add);
            try (var log = rig.newLog();
                    var riders = new Riders(log.api(), CLIENTS)) {
                http.add(riders.flatOut(round == 0 ? 10 : 3, seconds));
                log.verifyStaged();
            }
        }
        if (original.isEmpty()) {
            report.measured("POST /rides, " + CLIENTS + " clients", http, "rides/s");
            return;
        }
        report.measured("pgbench, the original's transaction, " + CLIENTS + " clients", original, "rides/s");
        report.measured("pgbench, one statement, " + CLIENTS + " clients", oneStatement, "rides/s");
        report.atLeast(
                "POST /rides, " + CLIENTS + " clients, against the original's transaction",
                http,
                "rides/s",
                BenchReport.median(http) / BenchReport.median(original),
                4);
    }

    private OptionalDouble pgbench(String script, int seconds) {
        try (var log = rig.newLog()) {
            return PgBench.run(log, out, script, CLIENTS, seconds);
        }
    }

    /** All roles at once. The result is what the slower consumer has committed at the end of the minute. */
    void endToEnd() {
        int seconds = quick ? 10 : 60;
        try (var log = rig.newLog()) {
            log.run(batchSize);
            var saved = new ConcurrentSkipListMap<Long, Long>();
            var offsets = new HashMap<String, Long>();
            Events.on(rig.vertx, Consumed.class, consumed -> {
                synchronized (saved) {
                    offsets.put(consumed.consumer(), consumed.offset());
                    if (offsets.size() == 2) {
                        saved.put(System.nanoTime(), Math.min(offsets.get("consumer0"), offsets.get("consumer1")));
                    }
                }
            });
            long booked;
            long end;
            try (var riders = new Riders(log.api(), CLIENTS)) {
                riders.flatOut(10, seconds);
                end = System.nanoTime();
                booked = log.number("SELECT count(*) FROM rides");
            }
            long from = saved.floorEntry(end - seconds * 1_000_000_000L).getValue();
            long to = saved.floorEntry(end).getValue();
            log.awaitConsumed(120);
            log.verifyTotals();
            double rate = (to - from) / (double) seconds;
            var what = "POST → both consumers committed, sustained " + seconds + " s";
            if (original.isEmpty()) {
                report.measured(what, List.of(rate), "rides/s");
            } else {
                report.atLeast(
                        what + ", against the original's transaction",
                        List.of(rate),
                        "rides/s",
                        rate / BenchReport.median(original),
                        2.5);
            }
            report.measured("rides not yet consumed at its end", List.of((double) (booked - to)), "rides");
        }
    }

    /** At fixed rates, from the time at which a ride is due to the later of the two commits. */
    void latency() throws IOException {
        var rates = quick ? List.of(500, 2_000) : List.of(500, 1_000, 2_000, 4_000);
        var lines = List.of(new ArrayList<Double>(), new ArrayList<Double>(), new ArrayList<Double>());
        for (int rate : rates) {
            var histogram = latencyAt(rate, quick ? 10 : 30);
            for (int i = 0; i < NAMES.size(); i++) {
                double millis = histogram.getValueAtPercentile(Double.parseDouble(NAMES.get(i))) / 1e6;
                lines.get(i).add(millis);
                var what = "POST → both consumers committed, " + rate + " rides/s, p" + NAMES.get(i);
                if (rate == 2_000 && i < 2) {
                    report.atMost(what, List.of(millis), "ms", i == 0 ? 5 : 25);
                } else {
                    report.measured(what, List.of(millis), "ms");
                }
            }
        }
        var plot = new Plot(
                "POST → both consumers committed",
                "ms",
                rates.stream().map(r -> r + " rides/s").toList());
        for (int i = 0; i < NAMES.size(); i++) {
            plot.line("p" + NAMES.get(i), lines.get(i));
        }
        plot.write(out.resolve("latency.svg"));
    }

    /**
     * The same with API, streamer and consumers in separate processes, and with rides that another program books by
     * SQL, compared with one process. Postgres wakes the streamer.
     */
    void processes() {
        int rate = 200;
        int seconds = quick ? 5 : 20;
        List<Double> together = new ArrayList<>();
        List<Double> apart = new ArrayList<>();
        List<Double> sql = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            try (var log = rig.newLog()) {
                together.add(p50(latency(log, rate, riders(rate, seconds))));
            }
            try (var log = rig.newLogOfThreeProcesses()) {
                apart.add(p50(latency(log, rate, riders(rate, seconds))));
            }
            try (var log = rig.newLogOfThreeProcesses()) {
                sql.add(p50(latency(log, rate, (there, port) -> there.bookBySql(rate, seconds))));
            }
        }
        var what = " → both consumers committed, " + rate + " rides/s, p50, ";
        double one = BenchReport.median(together);
        report.measured("POST" + what + "one process", together, "ms");
        report.measured("POST" + what + "three processes", apart, "ms");
        report.atMost("the same, against one process", List.of(BenchReport.median(apart) / one), "×", 3);
        report.measured("SQL of another program" + what + "three processes", sql, "ms");
        report.atMost("the same, against POST in one process", List.of(BenchReport.median(sql) / one), "×", 3);
    }

    private static double p50(Histogram histogram) {
        return histogram.getValueAtPercentile(50) / 1e6;
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

    private Histogram latencyAt(int rate, int seconds) {
        try (var log = rig.newLog()) {
            return latency(log, rate, riders(rate, seconds));
        }
    }

    private Histogram latency(BenchLog log, int rate, Load load) {
        log.run(batchSize);
        Map<String, ConcurrentSkipListMap<Long, Long>> commits =
                Map.of("consumer0", new ConcurrentSkipListMap<>(), "consumer1", new ConcurrentSkipListMap<>());
        log.onConsumed(consumed -> commits.get(consumed.consumer()).putIfAbsent(consumed.offset(), System.nanoTime()));
        int port = log.api();
        try (var warmUp = new Riders(port, 8)) {
            warmUp.atRate(rate, 5);
        }
        var bookings = load.book(log, port);
        log.awaitConsumed(60);
        log.verifyTotals();
        var offsets = log.offsetsOfRides();
        var histogram = new Histogram(3);
        for (var booking : bookings) {
            long offset = offsets.get(booking.id());
            long last = Math.max(
                    commits.get("consumer0").ceilingEntry(offset).getValue(),
                    commits.get("consumer1").ceilingEntry(offset).getValue());
            histogram.recordValue(last - booking.due());
        }
        return histogram;
    }
}
