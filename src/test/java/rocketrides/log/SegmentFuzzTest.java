package rocketrides.log;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;

/** Any text in log_segments gives exactly one record for each offset, or an error. */
@Timeout(value = 30, unit = MINUTES)
class SegmentFuzzTest {
    private static final UUID TAG = new UUID(1, 2);

    @FuzzTest
    void anyText(byte[] input) {
        int count = input.length == 0 ? 1 : 1 + (input[0] & 7);
        var text = new String(input, Math.min(1, input.length), Math.max(0, input.length - 1), StandardCharsets.UTF_8);
        var segment = new Segment(10, 10 + count - 1, TAG, text);
        try {
            var records = segment.records();
            assertEquals(count, records.size());
            for (int i = 0; i < count; i++) {
                assertEquals(10 + i, records.get(i).offset());
            }
            assertEquals(
                    text,
                    records.stream()
                            .map(r -> r.action() + "\t" + r.object() + "\t" + r.data())
                            .collect(Collectors.joining("\n")));
            assertEquals(records.subList(1, count), segment.records(11, Long.MAX_VALUE));
        } catch (IllegalStateException refused) {
            assertTrue(refused.getMessage().contains("first_offset 10"), refused::getMessage);
        }
    }
}
