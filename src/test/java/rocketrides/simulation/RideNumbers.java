package rocketrides.simulation;

import java.math.BigDecimal;
import java.util.List;
import rocketrides.consumer.Projection;
import rocketrides.consumer.Transaction;
import rocketrides.log.LogRecord;

/** A projection for which a record is the number of its ride; every thirteenth makes no sense to it, every seventh is large. */
final class RideNumbers implements Projection<Long> {

    private static final class Unreadable extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }

    private static final Unreadable UNREADABLE = new Unreadable();

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

    @Override
    public Long read(LogRecord record) {
        long ride = Long.parseLong(record.data());
        if (!readable(ride)) {
            throw UNREADABLE;
        }
        return ride;
    }

    @Override
    public void apply(List<Long> rides, Transaction transaction) {
        transaction.execute(
                """
                INSERT INTO total_distances AS t (consumer, rides, total_distance) VALUES ($1, $2, $3)
                ON CONFLICT (consumer) DO UPDATE
                  SET rides = t.rides + excluded.rides, total_distance = t.total_distance + excluded.total_distance""",
                transaction.consumer(),
                (long) rides.size(),
                BigDecimal.valueOf(rides.stream().mapToLong(Truth::distance).sum()));
    }

    @Override
    public void reset(Transaction transaction) {
        transaction.execute("DELETE FROM total_distances WHERE consumer = $1", transaction.consumer());
    }
}
