package rocketrides.rides;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import rocketrides.consumer.Instance;
import rocketrides.consumer.SingleStatement;
import rocketrides.log.LogRecord;

/** The total distance of all rides, in exact metres: the projection of the shipped consumers. */
public final class TotalDistance implements SingleStatement<BigDecimal> {
    /** Loaded with the first record, because most commands read none. */
    private static final class Json {
        private static final JsonFactory FACTORY = new JsonFactory();
    }

    private static final String ADD = """
            INSERT INTO total_distances AS t (consumer, rides, total_distance, partition) VALUES ($1, $2, $3, $4)
            ON CONFLICT (consumer, partition) DO UPDATE
              SET rides = t.rides + excluded.rides, total_distance = t.total_distance + excluded.total_distance
            RETURNING 'total_distance=' || total_distance || 'm' AS shown""";

    // The log is added up only if its beginning was deleted, because that takes longer than applying it: HAVING is
    // evaluated before the functions.
    private static final String NOTE_MISSED = """
            INSERT INTO total_distances AS t (consumer, partition, rides, total_distance, missed_rides, missed_distance)
            SELECT c.name, c.partition, 0, 0, m.rides, m.distance
              FROM (SELECT name, min(partition) AS partition FROM checkpoints WHERE name = $1 GROUP BY name
                    HAVING max(last_offset) > 0 OFFSET 0) c
             CROSS JOIN LATERAL (
               SELECT r.rides - s.rides - sum(l.rides) AS rides, r.distance - s.distance - sum(l.distance) AS distance
                 FROM rides_total() r CROSS JOIN staged_total() s
                CROSS JOIN checkpoints k CROSS JOIN LATERAL log_total(k.partition, k.last_offset) l
                WHERE k.name = c.name
                GROUP BY r.rides, s.rides, r.distance, s.distance) m
            ON CONFLICT (consumer, partition) DO UPDATE
              SET missed_rides = excluded.missed_rides, missed_distance = excluded.missed_distance""";

    private static final String RESET = "DELETE FROM total_distances WHERE consumer = $1";

    @Override
    public String name() {
        return "total_distance";
    }

    @Override
    public BigDecimal read(LogRecord record) {
        if (!record.action().equals("create") || !record.object().equals("ride")) {
            return null;
        }
        var distance = distance(record.data());
        if (distance == null) {
            throw new IllegalArgumentException("it has no \"distance\" that is a number");
        }
        if (distance.signum() <= 0) {
            throw new IllegalArgumentException("\"distance\" is " + distance + ", must be greater than 0");
        }
        return distance;
    }

    private static BigDecimal distance(String data) {
        try (JsonParser json = Json.FACTORY.createParser(data)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("it is not a JSON object");
            }
            BigDecimal distance = null;
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = json.currentName().equals("distance");
                var value = json.nextToken();
                if (wanted && value.isNumeric()) {
                    distance = json.getDecimalValue();
                }
                json.skipChildren();
            }
            return distance;
        } catch (IOException e) {
            throw new IllegalArgumentException("it is not JSON", e);
        }
    }

    @Override
    public Statement statement(Instance instance, List<BigDecimal> distances) {
        var sum = distances.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        return new Statement(
                ADD, Tuple.of(instance.consumer(), (long) distances.size(), sum, (short) instance.partition()));
    }

    @Override
    public Future<?> register(String consumer, SqlConnection transaction) {
        return transaction.preparedQuery(NOTE_MISSED).execute(Tuple.of(consumer));
    }

    @Override
    public Future<?> reset(String consumer, SqlConnection transaction) {
        return transaction.preparedQuery(RESET).execute(Tuple.of(consumer));
    }
}
