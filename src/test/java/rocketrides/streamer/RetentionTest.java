package rocketrides.streamer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import rocketrides.testing.LogCapture;
import rocketrides.testing.StoreStub;

class RetentionTest {
    private final Queue<Integer> expired = new ArrayDeque<>();
    private final Retention retention = new Retention(
            () -> List.of(new StoreStub() {
                @Override
                public Future<Integer> retain(Duration age) {
                    assertEquals(Duration.ofDays(7), age);
                    return Future.succeededFuture(expired.remove());
                }
            }),
            this::deleteStreams,
            Duration.ofDays(7));
    private int asked;

    private Future<Void> deleteStreams() {
        asked++;
        return Future.failedFuture("Redis is away");
    }

    @Test
    void deletesUntilThereIsNothingLeftAndSaysHowMany() {
        expired.addAll(List.of(2, 3, 0, 0));
        try (var lines = new LogCapture()) {
            assertEquals(Duration.ZERO, retention.runOnce().result());
            assertEquals(Duration.ZERO, retention.runOnce().result());
            assertEquals(List.of(), lines.lines());
            assertEquals(Duration.ofMinutes(1), retention.runOnce().result());
            assertEquals(Duration.ofMinutes(1), retention.runOnce().result());
            assertEquals(4, asked);
            assertEquals(1, lines.lines().size());
            var line = lines.lines().get(0);
            assertEquals("retention deleted 5 segments older than PT168H", line.substring(line.indexOf("retention")));
        }
    }
}
