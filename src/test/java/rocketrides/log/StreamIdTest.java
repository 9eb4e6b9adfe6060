package rocketrides.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamIdTest {
    /** Both numbers are unsigned. */
    @ParameterizedTest
    @CsvSource({
        "1-1, 1-1, 0",
        "1-5, 2-1, -1",
        "2-1, 1-5, 1",
        "1-1, 1-2, -1",
        "9-0, 10-0, -1",
        "9223372036854775808-0, 1-0, 1",
        "1-18446744073709551615, 1-1, 1"
    })
    void areOrderedAsRedisDoes(String a, String b, int order) {
        assertEquals(order, Integer.signum(StreamId.compare(a, b)));
    }
}
