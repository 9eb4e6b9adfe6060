package rocketrides.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NearestNameTest {
    private static final List<String> KEYS = List.of(
            "postgres.uri",
            "postgres.pool-size",
            "redis.uri",
            "log.retention",
            "streamer.batch-size",
            "streamer.poll-interval",
            "consumer.batch-size");

    @Test
    void countsInsertionsDeletionsAndReplacements() {
        assertEquals(0, NearestName.edits("", ""));
        assertEquals(3, NearestName.edits("", "uri"));
        assertEquals(1, NearestName.edits("uri", "url"));
        assertEquals(2, NearestName.edits("port", "prot"));
        assertEquals(1, NearestName.edits("instances", "intances"));
        assertEquals(3, NearestName.edits("kitten", "sitting"));
    }

    @Test
    void editsAreADistance() {
        var random = new Random(3);
        for (int i = 0; i < 2_000; i++) {
            String a = word(random);
            String b = word(random);
            int edits = NearestName.edits(a, b);
            assertEquals(a.equals(b), edits == 0);
            assertEquals(edits, NearestName.edits(b, a));
            assertTrue(edits <= Math.max(a.length(), b.length()));
            assertTrue(edits >= Math.abs(a.length() - b.length()));
        }
    }

    @Test
    void oneMistypedLetterStillFindsTheKey() {
        var random = new Random(5);
        for (String key : KEYS) {
            for (int i = 0; i < key.length(); i++) {
                String written = key.substring(0, i) + (char) ('a' + random.nextInt(26)) + key.substring(i + 1);
                assertEquals(key, NearestName.of(written, KEYS), written);
            }
        }
    }

    @Test
    void otherSpellingsFindTheKey() {
        assertEquals("streamer.batch-size", NearestName.of("streamer.batchSize", KEYS));
        assertEquals("streamer.batch-size", NearestName.of("STREAMER.BATCH_SIZE", KEYS));
        assertEquals("postgres.pool-size", NearestName.of("streamer.pool-size", KEYS));
        assertEquals("log.retention", NearestName.of("retention", KEYS));
    }

    @Test
    void veryLongNamesCostLittle() {
        assertTrue(KEYS.contains(NearestName.of("x".repeat(1_000_000), KEYS)));
    }

    private static String word(Random random) {
        var word = new StringBuilder();
        for (int n = random.nextInt(8); n > 0; n--) {
            word.append((char) ('a' + random.nextInt(3)));
        }
        return word.toString();
    }
}
