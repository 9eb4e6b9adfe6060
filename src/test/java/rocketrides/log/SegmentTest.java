package rocketrides.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentTest {
    private static final UUID TAG = new UUID(1, 2);
    private static final Segment THREE =
            new Segment(7, 9, TAG, "create\tride\t{\"id\": 1}\n\t\t\ndelete\torder\t[\"\\t\"]");

    @Test
    void hasOneRecordForEachOffset() {
        assertEquals(3, THREE.count());
        assertEquals(3, new NewSegment(0, 7, 9, true, Optional.empty()).count());
        assertEquals(
                List.of(
                        new LogRecord(7, "create", "ride", "{\"id\": 1}"),
                        new LogRecord(8, "", "", ""),
                        new LogRecord(9, "delete", "order", "[\"\\t\"]")),
                THREE.records());
    }

    @Test
    void givesTheRecordsOfARangeAsFarAsItHoldsThem() {
        assertEquals(THREE.records().subList(1, 2), THREE.records(8, 8));
        assertEquals(THREE.records().subList(1, 3), THREE.records(8, 100));
        assertEquals(THREE.records().subList(0, 1), THREE.records(0, 7));
        assertEquals(List.of(), THREE.records(10, 11));
    }

    @Test
    void mayBeginWithAnEmptyField() {
        assertEquals(List.of(new LogRecord(7, "", "", "")), new Segment(7, 7, TAG, "\t\t").records());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\tb\tc", "a\tb\tc\n", "a\tb\nd\te\tf", "a\tb\tc\nd", "a\tb\tc\nd\te"})
    void refusesTextThatIsNotOneLineForEachOffset(String text) {
        var refused = assertThrows(IllegalStateException.class, () -> new Segment(7, 8, TAG, text).records());
        assertTrue(refused.getMessage().startsWith("log_segments, first_offset 7: no line"), refused::getMessage);
    }
}
