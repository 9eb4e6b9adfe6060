package rocketrides.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rocketrides.status.Partition;
import rocketrides.status.Status;

class ChartHistoryTest {
    private static final JsonObject NO_LATENCY = new JsonObject();

    private final ChartHistory history = new ChartHistory();

    /** One record in 0.3 s is not 3/s. */
    @Test
    void givesNoRateBeforeThereIsEnoughToTell() {
        rates(0, status(100, 100));
        assertNull(rates(2_499, status(103, 103)).getDouble("written"));
        assertNull(rates(2_499, status(103, 103)).getDouble("slowest"));
        assertEquals(1.2, rates(2_500, status(103, 102)).getDouble("written"));
        assertEquals(0.8, rates(2_500, status(103, 102)).getDouble("slowest"));
    }

    @Test
    void givesNoRateAcrossAGap() {
        rates(0, status(100, 100));
        assertEquals(10.0, rates(10_000, status(200, 200)).getDouble("written"));
        assertNull(rates(20_001, status(300, 300)).getDouble("written"));
    }

    @Test
    void forgetsAServerWhoseClockOrDatabaseIsAnotherOne() {
        rates(10_000, status(100, 100));
        rates(12_000, status(90, 90));
        assertEquals(1, history.toJson().size());
        rates(11_000, status(90, 90));
        assertEquals(1, history.toJson().size());
        assertNull(rates(12_500, status(90, 90)).getDouble("written"));
    }

    /** Bounded, however often somebody looks. */
    @Test
    void keepsTwoMinutesWithOnePointASecond() {
        for (int millis = 0; millis <= 200_000; millis += 250) {
            rates(millis, status(millis, millis));
        }
        var points = history.toJson();
        assertEquals(121, points.size());
        assertEquals(80_000, points.getJsonObject(0).getLong("at"));
        assertEquals(200_000, points.getJsonObject(120).getLong("at"));
        assertEquals(1_000.0, points.getJsonObject(120).getDouble("consumed"));
    }

    @Test
    void tellsForHowLongNothingHasMoved() {
        assertEquals(0, still(1_000, status(9, 9, 8)));
        assertEquals(4_000, still(5_000, status(9, 9, 8)));
        assertEquals(0, still(6_000, status(9, 9, 9)));
        assertEquals(34_000, still(40_000, status(9, 9, 9)));
        assertEquals(0, still(5_000, status(9, 9, 9)), "another clock");
    }

    private long still(long millis, Status status) {
        return history.add(at(millis, status), NO_LATENCY).getLong("still_millis");
    }

    @Test
    void showsEachLagAsLongAsTheLinesCanBeToldApart() {
        assertEquals("{\"consumer0\":0,\"consumer1\":1}", lags(status(9, 9, 8)));
        assertEquals("{\"least\":1,\"most\":5}", lags(status(9, 8, 7, 6, 5, 4)));
    }

    private String lags(Status status) {
        return history.add(status, NO_LATENCY)
                .getJsonObject("chart")
                .getJsonObject("lags")
                .encode();
    }

    private JsonObject rates(long millis, Status status) {
        return history.add(at(millis, status), NO_LATENCY).getJsonObject("rates");
    }

    private static Status at(long millis, Status status) {
        return new Status(
                Instant.ofEpochMilli(millis),
                status.staged(),
                status.stagedFor(),
                status.log(),
                status.partitions(),
                null,
                null,
                status.consumers(),
                null);
    }

    /** With consumers at these offsets. */
    static Status status(long head, long... offsets) {
        var counters = new Status.Counters(0, 0, 0, 0);
        List<Status.Consumer> consumers = IntStream.range(0, offsets.length)
                .mapToObj(i -> new Status.Consumer(
                        "consumer" + i,
                        offsets[i],
                        head - offsets[i],
                        Duration.ZERO,
                        Duration.ZERO,
                        counters,
                        null,
                        null))
                .toList();
        var checkpoints = consumers.stream().collect(Collectors.toMap(Status.Consumer::name, Status.Consumer::offset));
        return new Status(
                Instant.EPOCH,
                0,
                Duration.ZERO,
                new Status.Log(head, head, Duration.ZERO, 1, null, "log", 0L, "at-least-once"),
                List.of(new Partition(0, 0, true, false, head, head, 1, checkpoints)),
                null,
                null,
                consumers,
                null);
    }
}
