package rocketrides.chaos;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import rocketrides.chaos.Findings.Invariant;

/**
 * Another program that books rides, in SQL. Each of its records has a key, and each transaction with a key begins after the
 * one before has been committed.
 */
final class KeyedWriter extends SqlWatcher {
    private static final int KEYS = 16;
    private static final String BOOK = """
            WITH ride AS (INSERT INTO rides (distance) VALUES (?) RETURNING id, distance, created_at)
            SELECT id, stage_record('create', 'ride', to_jsonb(ride), key => ?) FROM ride""";

    private final Load load;
    private final Acknowledgements acknowledgements;
    private final Map<String, List<Long>> booked = new TreeMap<>();
    private int turn;

    /** Books while {@code load} does, with numbers of its requests. */
    KeyedWriter(Supplier<PostgresServer> postgres, Load load, Acknowledgements acknowledgements) {
        super("keyed writer", 20, postgres);
        this.load = load;
        this.acknowledgements = acknowledgements;
    }

    @Override
    void look() throws SQLException {
        load.book(n -> {
            var key = "key " + turn++ % KEYS;
            try (var statement = connection().prepareStatement(BOOK)) {
                statement.setBigDecimal(1, BigDecimal.valueOf(n, 3));
                statement.setString(2, key);
                try (var rows = statement.executeQuery()) {
                    rows.next();
                    acknowledgements.add(n, rows.getLong(1));
                }
            }
            booked(key, n);
        });
    }

    /** A transaction without an answer is not compared: it may have been committed late. */
    private synchronized void booked(String key, long number) {
        booked.computeIfAbsent(key, first -> new ArrayList<>()).add(number);
    }

    /** Compares the order of each key's records with the log. */
    synchronized void judge(ObservedLogs history, Findings findings) {
        var all = history.all().stream().map(ObservedLog.Remembered::number).toList();
        booked.forEach((key, numbers) -> {
            var these = new HashSet<>(numbers);
            var found = all.stream().filter(these::contains).toList();
            var committed =
                    numbers.stream().filter(new HashSet<>(found)::contains).toList();
            findings.check(
                    Invariant.ORDER_BY_KEY, found.equals(committed), "%s: %s, in the log %s", key, committed, found);
        });
    }
}
