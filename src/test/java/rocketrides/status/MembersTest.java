package rocketrides.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.status.Members.Member;
import rocketrides.status.Members.Role;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

class MembersTest {

    /** A process that lives and whose clock is ahead, one that lives and owns nothing, and one that died as an owner. */
    @Test
    void tellWhoIsThereAndWhoDoesWhat() {
        try (var log = new TestLog(Delivery.AT_LEAST_ONCE)) {
            log.sql("""
                INSERT INTO members VALUES ('b', 'streamer', now() + interval '1 hour'), ('b', 'audit', now() - interval '9 min'),
                  ('a', 'streamer', now() + interval '1 hour'), ('dead', 'streamer', now() - interval '5 min')""");
            log.sql("""
                INSERT INTO assignments VALUES ('streamer', 0, 'b', now() + interval '1 hour'),
                  ('audit', 0, 'b', now() + interval '1 hour'), ('consumer0', 0, 'dead', now())""");
            var reader = new StatusReader(
                    log.pool(TestRole.MONITORING), log.settings, Books.NONE, () -> Future.succeededFuture(0L));
            var members = await(reader.readPositions()).members();
            var b = new Member("b", Duration.ZERO, List.of("audit", "streamer"));
            var dead = members.members().get(2);
            assertEquals(5, dead.seen().toMinutes());
            assertEquals(List.of(new Member("a", Duration.ZERO, List.of("streamer")), b, dead), members.members());
            assertEquals(
                    List.of(new Role("audit", "b", 1), new Role("consumer0", null, 0), new Role("streamer", "b", 2)),
                    members.roles());
            assertEquals("b", members.owner("streamer"));
            assertNull(members.owner("consumer0"));
            assertNull(members.owner("nobody"));
            assertEquals(List.of("audit", "streamer"), members.owned(b));
            assertEquals(List.of(), members.owned(dead));
        }
    }

    @Test
    void aMemberIsAliveUntilItsLeaseWouldHaveEnded() {
        assertTrue(new Member("a", Duration.ofMillis(2_999), List.of()).alive());
        assertFalse(new Member("a", Duration.ofMillis(3_000), List.of()).alive());
    }

    @Test
    void areWrittenAsJson() {
        var members = new Members(
                List.of(new Member("a", Duration.ofMillis(5), List.of("audit", "streamer"))),
                List.of(new Role("audit", "a", 1), new Role("streamer", null, 1)));
        assertEquals(
                "{\"members\":[{\"id\":\"a\",\"seen_millis_ago\":5,\"alive\":true,\"roles\":[\"audit\",\"streamer\"],"
                        + "\"owns\":[\"audit\"]}],"
                        + "\"roles\":[{\"role\":\"audit\",\"owner\":\"a\",\"members\":1},"
                        + "{\"role\":\"streamer\",\"owner\":null,\"members\":1}]}",
                members.toJson().encode());
    }
}
