package rocketrides.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class TraceparentTest {
    private static Optional<String> of(String data) {
        return Traceparent.of(new LogRecord(1, "create", "ride", data));
    }

    @Test
    void isAFieldOfTheDataItself() {
        assertEquals(Optional.of("00-a-b-01"), of("{\"id\": 1, \"traceparent\": \"00-a-b-01\"}"));
        assertEquals(Optional.of("x"), of("{\"a\": [{\"traceparent\": \"y\"}], \"traceparent\": \"x\", \"z\": {}}"));
    }

    @Test
    void isNothingElse() {
        assertEquals(Optional.empty(), of("{\"id\": 1}"));
        assertEquals(Optional.empty(), of("{\"a\": {\"traceparent\": \"x\"}}"));
        assertEquals(Optional.empty(), of("{\"a\": \"traceparent\"}"));
        assertEquals(Optional.empty(), of("{\"traceparent\": 7}"));
        assertEquals(Optional.empty(), of("{\"traceparent\": {\"traceparent\": \"x\"}}"));
        assertEquals(Optional.empty(), of("[\"traceparent\"]"));
        assertEquals(Optional.empty(), of("{\"traceparent\": \"x"));
    }

    /** Whoever carries many records looks at their text once, and parses none of them if there is no trace. */
    @Test
    void aTextWithoutTheFieldIsToldAtAGlance() {
        assertTrue(Traceparent.mayBeIn("create\torder\t{\"traceparent\": \"x\"}\ncreate\torder\t{}"));
        assertFalse(Traceparent.mayBeIn("create\torder\t{\"id\": 1}"));
    }
}
