package rocketrides.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.status.Standing.PATIENCE;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StandingTest {
    private static final Duration NOW = Duration.ZERO;
    private static final Duration LONG = Duration.ofSeconds(12);

    private static Standing of(Status status) {
        return new Standing(status, Map.of());
    }

    private static void says(String headline, String details, Standing standing) {
        assertEquals(headline, standing.headline());
        assertEquals(details, standing.details());
    }

    @Test
    void allAreLevel() {
        says(
                "Both consumers keep up",
                "consumer0 level; consumer1 level",
                of(status(consumer(0, 0, NOW), consumer(1, 0, NOW))));
        says("The only consumer keeps up", "consumer0 level", of(status(consumer(0, 0, NOW))));
        says(
                "All 3 consumers keep up",
                "consumer0 level; consumer1 level; consumer2 level",
                of(status(consumer(0, 0, NOW), consumer(1, 0, NOW), consumer(2, 0, NOW))));
        says("No consumer is registered", "", of(status()));
    }

    @Test
    void whatIsOnItsWayIsNoFault() {
        var moving = of(status(2, PATIENCE, PATIENCE, consumer(0, 3, PATIENCE), consumer(1, 0, NOW)));
        says("Both consumers keep up", "consumer0 3 behind for 5 s; consumer1 level; 2 staged for 5 s", moving);
        assertTrue(moving.well());
    }

    @Test
    void aConsumerThatIsDeadInAnotherProcessIsBehind() {
        var standing = of(status(consumer(0, 34, LONG), consumer(1, 0, NOW)));
        says("consumer0 is behind", "consumer0 34 behind for 12 s; consumer1 level", standing);
        assertFalse(standing.well());
        says(
                "consumer0 and consumer1 are behind",
                "consumer0 34 behind for 12 s; consumer1 35 behind for 3 min",
                of(status(consumer(0, 34, LONG), consumer(1, 35, Duration.ofSeconds(190)))));
    }

    @Test
    void aPausedConsumerIsPausedAlsoWhileThereIsNothingForIt() {
        var standing = new Standing(status(consumer(0, 0, NOW), consumer(1, 34, LONG)), Map.of("consumer0", "paused"));
        says(
                "consumer0 is paused; consumer1 is behind",
                "consumer0 paused, level; consumer1 34 behind for 12 s",
                standing);
        assertFalse(standing.well());
    }

    @Test
    void aConsumerThatIsPausedInOnePartitionIsNotAlsoBehind() {
        says(
                "consumer0/3 is paused",
                "consumer0 34 behind for 12 s; consumer0/3 paused",
                new Standing(status(consumer(0, 34, LONG)), Map.of("consumer0/3", "paused")));
    }

    @Test
    void recordsThatNobodySealsOrPublishesAreTold() {
        says("sealing is behind", "consumer0 level; 3 staged for 12 s", of(status(3, LONG, NOW, consumer(0, 0, NOW))));
        says(
                "publishing is behind",
                "consumer0 level; 2 not in Redis for 12 s",
                of(status(0, NOW, LONG, consumer(0, 0, NOW))));
    }

    @Test
    void theOtherRolesOfThisProcessAreNamedWhenTheyDoNotWork() {
        says(
                "api0 (expired keys) is overdue; streamer0 (sealing) and streamer1 (sealing) are failing",
                "consumer0 level; api0 (expired keys) overdue; streamer0 (sealing) failing; streamer1 (sealing) failing",
                new Standing(
                        status(consumer(0, 0, NOW)),
                        Map.of(
                                "streamer0 (sealing)", "failing",
                                "streamer1 (sealing)", "failing",
                                "api0 (expired keys)", "overdue")));
    }

    @Test
    void theHeadlineNamesAFewAndTheDetailsNameAll() {
        says(
                "consumer0/0, consumer0/1 and 2 others are failing",
                "consumer0 level; consumer0/0 failing; consumer0/1 failing; consumer0/2 failing; consumer0/3 failing",
                new Standing(
                        status(consumer(0, 0, NOW)),
                        Map.of(
                                "consumer0/0", "failing",
                                "consumer0/1", "failing",
                                "consumer0/2", "failing",
                                "consumer0/3", "failing")));
    }

    @Test
    void isWrittenAsJson() {
        var standing = new Standing(status(consumer(0, 3, NOW)), Map.of("consumer0", "paused"));
        assertEquals(
                "{\"well\":false,\"headline\":\"consumer0 is paused\",\"details\":\"consumer0 paused, 3 behind\","
                        + "\"parts\":[{\"who\":\"consumer0\",\"fault\":\"paused\",\"place\":\"3 behind\"}]}",
                standing.toJson().encode());
    }

    @Test
    void theSummaryBeginsWithTheBooksOrWithoutThemWithTheConsumers() {
        assertEquals("No consumer is registered", of(status()).summary());
        assertEquals(
                "The only consumer keeps up; consumer0 level",
                of(status(consumer(0, 0, NOW))).summary());
        assertEquals("nothing is lost: orders=3", of(audited(0)).summary());
        assertEquals(
                "the books do not balance: orders=3; consumer0 level",
                of(audited(-1, consumer(0, 0, NOW))).summary());
    }

    private static Status audited(long unaccounted, Status.Consumer... consumers) {
        var now = status(consumers);
        return new Status(
                now.at(), 0, NOW, now.log(), List.of(), orders(3), orders(unaccounted), now.consumers(), null);
    }

    private static Total orders(long orders) {
        return Total.of(List.of(new Books.Quantity("orders", "")), quantity -> BigDecimal.valueOf(orders));
    }

    private static Status status(Status.Consumer... consumers) {
        return status(0, NOW, NOW, consumers);
    }

    private static Status status(
            long staged, Duration stagedFor, Duration unpublishedFor, Status.Consumer... consumers) {
        return new Status(
                Instant.EPOCH,
                staged,
                stagedFor,
                new Status.Log(100, 98, unpublishedFor, 1, null, "s", 2L, "at-least-once"),
                List.of(),
                null,
                null,
                List.of(consumers),
                null);
    }

    private static Status.Consumer consumer(int number, long lag, Duration behindFor) {
        return new Status.Consumer(
                "consumer" + number,
                100 - lag,
                lag,
                behindFor,
                Duration.ZERO,
                new Status.Counters(0, 0, 0, 0),
                null,
                null);
    }
}
