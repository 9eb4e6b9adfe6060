package rocketrides.console;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.runtime.Events;
import rocketrides.testing.LogCapture;

@ExtendWith(VertxExtension.class)
class LastLineTest {

    /** A start may take long: it unpacks the embedded servers, or waits for Postgres. */
    @Test
    void countsTheSecondsSinceTheStartBegan(Vertx vertx) {
        Events.register(vertx);
        try (var said = new LogCapture()) {
            new LastLine(vertx, System.nanoTime() - Duration.ofSeconds(75).toNanos()).say(true);
            said.await(1, line -> line.startsWith("INFO rocket-rides stopped after 75 s; 0 records written; "));
        }
    }
}
