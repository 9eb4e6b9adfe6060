package rocketrides.testing;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import rocketrides.consumer.Instance;
import rocketrides.consumer.Projection;
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
    public Future<String> apply(Instance instance, List<Boolean> rides, SqlConnection tx) { // any number of statements
        long shorter = rides.stream().filter(isShort -> isShort).count();
        return tx.preparedQuery(ADD)
                .execute(Tuple.of(instance.consumer(), shorter, rides.size() - shorter))
                .map(added -> rides.size() + " more"); // shown beside the consumer's name
    }

    @Override
    public Future<?> reset(String consumer, SqlConnection tx) { // when it is rewound, or removed
        return tx.preparedQuery("DELETE FROM ride_lengths WHERE consumer = $1").execute(Tuple.of(consumer));
    }
}
