package rocketrides.chaos;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import rocketrides.chaos.Findings.Invariant;

/**
 * Compares, while all consumers have caught up: the responses to clients, the rides, the log, and the consumers'
 * totals.
 */
final class Verdict {
    private final PostgresServer postgres;
    private final ObservedLogs history;
    private final Findings findings;
    private long lost;
    private long twice;
    private long unacknowledged;

    Verdict(PostgresServer postgres, ObservedLogs history, Findings findings) {
        this.postgres = postgres;
        this.history = history;
        this.findings = findings;
    }

    /** Acknowledged rides that some consumer has not counted. */
    long lost() {
        return lost;
    }

    /** Rides that are more than once in the log, or in the table of rides. */
    long twice() {
        return twice;
    }

    /** Rides that exist although their clients got no response. */
    long unacknowledged() {
        return unacknowledged;
    }

    /** {@code acknowledged}: request number → ride ID. */
    void judge(Map<Long, Long> acknowledged) throws SQLException {
        var rides = rides();
        var counted = new HashMap<Long, Long>();
        for (var record : history.all()) {
            boolean first = counted.put(record.number(), record.ride()) == null;
            twice += first ? 0 : 1;
            findings.check(Invariant.ACKNOWLEDGED_COUNTED_ONCE, first, "%s is in the log twice", record);
            findings.check(
                    Invariant.ONLY_COMMITTED,
                    Long.valueOf(record.ride()).equals(rides.get(record.number())),
                    "%s is not ride %s",
                    record,
                    rides.get(record.number()));
        }
        acknowledged.forEach((number, ride) -> {
            boolean there = ride.equals(rides.get(number)) && ride.equals(counted.get(number));
            lost += there ? 0 : 1;
            findings.check(
                    Invariant.ACKNOWLEDGED_COUNTED_ONCE,
                    there,
                    "acknowledged: %d is ride %d; in rides: %s, in the log: %s",
                    number,
                    ride,
                    rides.get(number),
                    counted.get(number));
        });
        rides.keySet().forEach(number -> {
            findings.check(
                    Invariant.ACKNOWLEDGED_COUNTED_ONCE, counted.containsKey(number), "%d is not in the log", number);
            unacknowledged += acknowledged.containsKey(number) ? 0 : 1;
        });
        totals();
    }

    /** Request number → ride ID. */
    private Map<Long, Long> rides() throws SQLException {
        var rides = new HashMap<Long, Long>();
        eachRide(postgres, (number, ride) -> {
            var before = rides.put(number, ride);
            twice += before == null ? 0 : 1;
            findings.check(Invariant.ACKNOWLEDGED_COUNTED_ONCE, before == null, "request %d has two", number);
        });
        return rides;
    }

    /** {@code action} gets the number of the request and the ID of its ride. */
    static void eachRide(PostgresServer postgres, BiConsumer<Long, Long> action) throws SQLException {
        try (var connection = postgres.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT (distance * 1000)::bigint, id FROM rides")) {
            while (rows.next()) {
                action.accept(rows.getLong(1), rows.getLong(2));
            }
        }
    }

    private void totals() throws SQLException {
        var sql = """
                SELECT t.consumer, t.rides, t.total, r.n, r.total,
                       (SELECT count(*) FROM rejected_records j WHERE j.consumer = t.consumer)
                  FROM (SELECT consumer, sum(rides) AS rides, sum(total_distance) AS total
                          FROM total_distances GROUP BY consumer) t,
                       (SELECT count(*) AS n, sum(distance) AS total FROM rides) r""";
        int consumers = 0;
        try (var connection = postgres.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                consumers++;
                BigDecimal total = rows.getBigDecimal(3);
                findings.check(
                        Invariant.TOTALS_EXACT,
                        rows.getLong(2) == rows.getLong(4)
                                && total.compareTo(rows.getBigDecimal(5)) == 0
                                && rows.getLong(6) == 0,
                        "%s: %d rides, %s m; the table has %d, %s m; rejected %d",
                        rows.getString(1),
                        rows.getLong(2),
                        total,
                        rows.getLong(4),
                        rows.getBigDecimal(5),
                        rows.getLong(6));
            }
        }
        findings.check(Invariant.TOTALS_EXACT, consumers == Cluster.CONSUMERS.size(), "%d consumers", consumers);
    }
}
