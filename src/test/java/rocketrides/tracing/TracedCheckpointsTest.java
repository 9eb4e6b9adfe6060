package rocketrides.tracing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Future;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import rocketrides.OtlpReceiver;
import rocketrides.consumer.Checkpoints;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Saved;
import rocketrides.log.LogRecord;

class TracedCheckpointsTest {
    private static final LogRecord RECORD = new LogRecord(
            1,
            "create",
            "ride",
            "{\"distance\": 1, \"traceparent\": \"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"}");

    /** How many spans a save leaves that ends like this. */
    private static int spansOf(Future<Saved> saved) throws IOException {
        try (var collector = new OtlpReceiver()) {
            try (var tracing = new Tracing(URI.create(collector.endpoint() + "/"), 1, "rides")) {
                tracing.checkpoints("consumer0", new Ending(saved))
                        .save(new Batch(0, 1, "0-0", List.of(), List.of(RECORD), 0, 0));
            }
            return collector.spans().size();
        }
    }

    @Test
    void onlyACommitIsASpan() throws IOException {
        assertEquals(1, spansOf(Future.succeededFuture(new Saved(Saved.Outcome.DONE, 1, List.of(), null))));
        assertEquals(0, spansOf(Future.succeededFuture(Saved.refused(Saved.Outcome.MOVED))));
        assertEquals(0, spansOf(Future.succeededFuture(Saved.refused(Saved.Outcome.OTHER_HISTORY))));
        assertEquals(0, spansOf(Future.failedFuture("the connection broke")));
    }

    private record Ending(Future<Saved> saved) implements Checkpoints {
        @Override
        public Future<Saved> save(Batch batch) {
            return saved;
        }

        @Override
        public Future<Void> register() {
            return Future.succeededFuture();
        }

        @Override
        public Future<Optional<Checkpoint>> load() {
            return Future.succeededFuture(Optional.empty());
        }

        @Override
        public Future<Void> countCrash() {
            return Future.succeededFuture();
        }
    }
}
