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
import rocketrides.consumer.Projection;
import rocketrides.log.LogRecord;

/** The total distance of all rides, in exact metres: the consumer that is shipped. */
public final class TotalDistance implements Projection<BigDecimal> {
    private static final JsonFactory JSON = new JsonFactory();

    private static final String ADD = """
            INSERT INTO total_distances AS t (consumer, rides, total_distance) VALUES ($1, $2, $3)
            ON CONFLICT (consumer) DO UPDATE
              SET rides = t.rides + excluded.rides, total_distance = t.total_distance + excluded.total_distance
            RETURNING 'total_distance=' || total_distance || 'm'""";

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
        try (JsonParser json = JSON.createParser(data)) {
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
    public Future<String> apply(String consumer, List<BigDecimal> distances, SqlConnection transaction) {
        var sum = distances.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        return transaction
                .preparedQuery(ADD)
                .execute(Tuple.of(consumer, (long) distances.size(), sum))
                .map(rows -> rows.iterator().next().getString(0));
    }

    @Override
    public boolean pipelined() {
        return true;
    }

    @Override
    public Future<?> reset(String consumer, SqlConnection transaction) {
        return transaction.preparedQuery(RESET).execute(Tuple.of(consumer));
    }
}
