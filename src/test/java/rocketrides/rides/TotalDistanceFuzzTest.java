package rocketrides.rides;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Timeout;
import rocketrides.log.LogRecord;

/** Any data of a ride's record gives a distance above zero, or a reason to reject the record. */
@Timeout(value = 30, unit = MINUTES)
class TotalDistanceFuzzTest {
    private final TotalDistance projection = new TotalDistance();

    @FuzzTest
    void anyData(byte[] data) {
        try {
            var distance =
                    projection.read(new LogRecord(1, "create", "ride", new String(data, StandardCharsets.UTF_8)));
            assertTrue(distance.signum() > 0, distance::toString);
            assertTrue(distance.precision() <= 1_000, () -> "precision " + distance.precision());
        } catch (IllegalArgumentException reason) {
            assertNotNull(reason.getMessage());
        }
    }
}
