package rocketrides.simulation;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.List;
import rocketrides.consumer.Instance;
import rocketrides.consumer.SingleStatement;
import rocketrides.log.LogRecord;

/**
 * A projection for which a record is the number of its ride. Every thirteenth is invalid, and every seventh is large.
 */
record RideNumbers() implements SingleStatement<Long> {

    private static final class Unreadable extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }

    private static final Unreadable UNREADABLE = new Unreadable();

    private static final String ADD = """
            INSERT INTO total_distances AS t (consumer, rides, total_distance) VALUES ($1, $2, $3)
            ON CONFLICT (consumer, partition) DO UPDATE
              SET rides = t.rides + excluded.rides, total_distance = t.total_distance + excluded.total_distance
            RETURNING NULL::text AS shown""";

    /** The number of its statement's parameters. */
    static final int PARAMETERS = 3;

    /** Whether its data is too large for an entry of the stream. */
    static boolean large(long ride) {
        return ride % 7 == 0;
    }

    static boolean readable(long ride) {
        return ride % 13 != 0;
    }

    @Override
    public String name() {
        return "ride_numbers";
    }

    static long ride(LogRecord record) {
        return Long.parseLong(record.data());
    }

    @Override
    public Long read(LogRecord record) {
        long ride = ride(record);
        if (!readable(ride)) {
            throw UNREADABLE;
        }
        return ride;
    }

    @Override
    public Statement statement(Instance instance, List<Long> rides) {
        var sum = BigDecimal.valueOf(rides.stream().mapToLong(Truth::distance).sum());
        return new Statement(ADD, Tuple.of(instance.consumer(), (long) rides.size(), sum));
    }

    @Override
    public Future<?> reset(String consumer, SqlConnection transaction) {
        return transaction
                .preparedQuery("DELETE FROM total_distances WHERE consumer = $1")
                .execute(Tuple.of(consumer));
    }
}
