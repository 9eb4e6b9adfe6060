package rocketrides.rides;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Timeout;
import rocketrides.http.Refusal;

/** Any input gives a ride that can be stored, or a refusal with its reason. */
@Timeout(value = 30, unit = MINUTES)
class RideRequestFuzzTest {

    @FuzzTest
    void anyBody(byte[] body) {
        try {
            check(RideRequest.fromJson(Buffer.buffer(body)));
        } catch (Refusal refusal) {
            check(refusal);
        }
        try {
            var form = MultiMap.caseInsensitiveMultiMap().add("distance", new String(body, StandardCharsets.UTF_8));
            check(RideRequest.fromForm(form));
        } catch (Refusal refusal) {
            check(refusal);
        }
    }

    private static void check(RideRequest ride) {
        assertEquals(3, ride.distance().scale());
        assertTrue(ride.distance().signum() > 0, () -> ride.toString());
        assertTrue(ride.distance().compareTo(new BigDecimal("100000000")) <= 0, () -> ride.toString());
    }

    private static void check(Refusal refusal) {
        assertTrue(refusal.status() == 400 || refusal.status() == 422, () -> refusal.status() + refusal.getMessage());
        assertTrue(refusal.getMessage().length() < 200, refusal::getMessage);
    }
}
