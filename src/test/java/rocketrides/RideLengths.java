package rocketrides;

import io.vertx.core.json.JsonObject;
import java.util.List;
import rocketrides.consumer.Projection;
import rocketrides.consumer.Transaction;
import rocketrides.log.LogRecord;

/** Rides by length: how many were shorter than a kilometre, how many longer. */
public final class RideLengths implements Projection<Boolean> {
    private static final String ADD = """
            INSERT INTO ride_lengths AS l (consumer, shorter, longer) VALUES ($1, $2, $3)
            ON CONFLICT (consumer) DO UPDATE
              SET shorter = l.shorter + excluded.shorter, longer = l.longer + excluded.longer""";

    @Override
    public String name() { // stored with each checkpoint
        return "ride_lengths";
    }

    @Override
    public Boolean read(LogRecord record) { // throw IllegalArgumentException: set aside, the log goes on
        return record.object().equals("ride") ? new JsonObject(record.data()).getDouble("distance") < 1000 : null;
    }

    @Override
    public void apply(List<Boolean> rides, Transaction tx) { // your own tables, any number of statements
        long shorter = rides.stream().filter(isShort -> isShort).count();
        tx.execute(ADD, tx.consumer(), shorter, rides.size() - shorter);
    }

    @Override
    public void reset(Transaction tx) { // when it is rewound, or removed
        tx.execute("DELETE FROM ride_lengths WHERE consumer = $1", tx.consumer());
    }
}
