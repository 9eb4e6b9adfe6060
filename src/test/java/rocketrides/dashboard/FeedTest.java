package rocketrides.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import rocketrides.dashboard.Feed.Kind;

class FeedTest {
    private final Feed feed = new Feed();

    /** At a failure rate of one half there are many a second, for hours. */
    @Test
    void whatGoesOnIsOneEntryForHalfAMinute() {
        for (int millis = 0; millis < 60_000; millis += 500) {
            feed.add(Kind.FAILURE, "consumer0", "crashed", 0, millis);
            feed.add(Kind.FAILURE, "consumer1", "crashed", 0, millis);
        }
        assertEquals(4, feed.toJson().size());
        assertEquals(60, feed.toJson().getJsonObject(0).getInteger("times"));
        assertEquals(30_000, feed.toJson().getJsonObject(0).getLong("at"));
        feed.add(Kind.FAILURE, "consumer0", "crashed", 0, 65_000);
        assertEquals(5, feed.toJson().size(), "it had ended");
    }

    @Test
    void whatIsRareOutlivesWhatComesByTheSecond() {
        feed.add(Kind.ALARM, "audit", "BOOKS DIFFER", 0, 0);
        feed.add(Kind.ORDER, "you", "paused consumer0", 0, 1);
        for (int i = 0; i < 1_000; i++) {
            feed.add(Kind.FAILURE, "consumer" + i, "crashed", 0, 2 + i);
            feed.add(Kind.HEALED, "consumer" + i, "skipped duplicates", 1, 2 + i);
        }
        var items = feed.toJson();
        assertEquals(40, items.size());
        assertEquals("paused consumer0", items.getJsonObject(38).getString("text"));
        assertEquals("BOOKS DIFFER", items.getJsonObject(39).getString("text"));
    }

    @Test
    void whatIsToldLateStandsWhereItBelongs() {
        feed.add(Kind.FAILURE, "consumer0", "crashed", 0, 2_000);
        feed.add(Kind.HEALED, "you", "level again", 0, 1_000);
        assertEquals("level again", feed.toJson().getJsonObject(1).getString("text"));
    }
}
