package rocketrides.assignment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.pgclient.PgConnection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.servers.Postgres;
import rocketrides.status.Members;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;

/** The real statements: that they do what the simulation's model does, and what happens when several are at it at once. */
class PostgresLeasesTest {
    private static final List<Lease> WORK = LeaseHistory.work("streamer", 1, "consumer0", 1, "parts", 5);

    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);
    private final Postgres postgres = TestServers.connect(log.vertx, log.postgresUri(TestRole.PROCESS), 1);

    @AfterEach
    void close() {
        await(postgres.close());
        log.close();
    }

    @Test
    void theStatementsDoWhatTheModelDoes() {
        installClock();
        assertEquals(List.of(), differences(PostgresLeases.BEAT, 150));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "owner = $1 OR owner IS NULL OR until <= now() | true",
                "AND id <> $1 AND seen_at > now() -            | AND id <> $1 AND seen_at > now() - 9 *",
                "ORDER BY owner IS DISTINCT FROM $1, partition | ORDER BY partition",
                "WHERE owner = $1 AND NOT EXISTS                | WHERE false AND NOT EXISTS",
                "WHERE n.role = f.role AND n.partition = f.partition | WHERE n.role = f.role",
                "DELETE FROM assignments WHERE ctid             | DELETE FROM assignments WHERE false AND ctid",
                "owner IS NOT DISTINCT FROM $1 OR until IS NULL OR until <= now() | true",
            })
    void aBeatThatDoesAnotherThingIsSeen(String text, String by) {
        installClock();
        assertEquals(2, PostgresLeases.BEAT.split(java.util.regex.Pattern.quote(text), -1).length, text);
        assertNotEquals(List.of(), differences(PostgresLeases.BEAT.replace(text, by), 150));
    }

    /** Which answers and tables are not as those of the model, after the same beats and releases at the same times. */
    private List<String> differences(String beat, int steps) {
        var random = new SplittableRandom(7);
        var model = new LeaseTables(LeaseMutant.NONE);
        Map<String, List<Lease>> works = new TreeMap<>();
        Map<String, PostgresLeases> real = new TreeMap<>();
        var differences = new ArrayList<String>();
        var clock = 0L;
        for (int step = 0; step < steps && differences.isEmpty(); step++) {
            clock += List.of(0L, 0L, 500L, 500L, 1_000L, 3_000L, 700_000L).get(random.nextInt(step % 20 == 0 ? 7 : 5));
            log.sql("UPDATE clock SET at = '2026-01-01Z'::timestamptz + $1::bigint * interval '1 ms'", clock);
            var id = "member" + random.nextInt(5);
            int first = step / 20 % 2; // now and then, each role "parts" has other partitions
            var work = works.computeIfAbsent(id, new_ -> WORK.subList(random.nextInt(3), WORK.size())).stream()
                    .filter(lease -> lease.partition() >= first && lease.partition() < first + 4
                            || !lease.role().equals("parts"))
                    .toList();
            var leases = real.computeIfAbsent(id, name -> new PostgresLeases(this::connect, name, beat));
            if (random.nextInt(12) == 0) {
                model.release(id);
                await(leases.release());
            } else {
                compare("answer of " + id, model.beat(id, work, clock), await(leases.beat(work)), differences);
            }
            compare("owners", model.owners(), text("""
                    SELECT string_agg(role || '/' || partition || '=' || coalesce(owner, 'null'), ' '
                             ORDER BY role COLLATE "C", partition) FROM assignments"""), differences);
            compare("members", model.members(), text("""
                    SELECT coalesce(string_agg(id || '@' || role, ' ' ORDER BY id, role COLLATE "C"), '') FROM members"""), differences);
        }
        real.values().forEach(leases -> await(leases.release()));
        return differences;
    }

    private static void compare(String what, Object expected, Object found, List<String> differences) {
        if (!expected.equals(found)) {
            differences.add(what + ": " + found + ", the model's: " + expected);
        }
    }

    private String text(String sql) {
        return log.row(sql).getString(0);
    }

    /** A clock that the test sets, in the place of Postgres' own. */
    private void installClock() {
        log.sql("CREATE TABLE clock (at timestamptz)");
        log.sql("INSERT INTO clock VALUES (null)");
        log.sql("GRANT SELECT ON clock TO PUBLIC");
        log.sql("CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM clock'");
    }

    private Future<PgConnection> connect() {
        return postgres.connect().compose(connection -> connection
                .query("SET search_path = public, pg_catalog")
                .execute()
                .map(connection));
    }

    /** Must hold: who is shown as alive is who the beats count. */
    @Test
    void aMemberIsShownAsAliveForAsLongAsALease() {
        assertTrue(new Members.Member("m", Membership.LEASE.minusMillis(1), List.of()).alive());
        assertFalse(new Members.Member("m", Membership.LEASE, List.of()).alive());
    }

    /** Six sessions beat as fast as they can, and all leases are over again and again. Must hold: no deadlock, and rest. */
    @Test
    void membersThatRaceComeToRest() {
        var members = new TreeMap<String, PostgresLeases>();
        for (int i = 0; i < 6; i++) {
            var id = "member" + i;
            members.put(id, new PostgresLeases(postgres::connect, id));
        }
        var end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1_500);
        var all = members.values().stream()
                .map(leases -> again(() -> leases.beat(WORK), end))
                .toList();
        while (System.nanoTime() < end) {
            log.sql("UPDATE assignments SET until = until - interval '3 s'");
            // In the order of a beat's own updates, so that no two wait for each other.
            log.sql("WITH locked AS MATERIALIZED (SELECT ctid FROM members WHERE id = 'member' || floor(random() * 6)"
                    + " ORDER BY role FOR UPDATE) UPDATE members SET seen_at = seen_at - interval '3 s'"
                    + " WHERE ctid = ANY (ARRAY(SELECT ctid FROM locked))");
        }
        await(Future.all(all));
        for (int round = 0; round < 2; round++) {
            members.values().forEach(leases -> await(leases.beat(WORK)));
        }
        var owned = new HashSet<Lease>();
        members.forEach((id, leases) -> {
            for (var lease : await(leases.beat(WORK))) {
                assertTrue(owned.add(lease), lease + " has two owners");
            }
        });
        assertEquals(new HashSet<>(WORK), owned);
        members.values().forEach(leases -> await(leases.release()));
        assertEquals(0, log.number("SELECT count(*) FROM assignments WHERE owner IS NOT NULL OR until IS NOT NULL"));
        assertEquals(0, log.number("SELECT count(*) FROM members"));
    }

    private static Future<Void> again(Supplier<Future<?>> beat, long end) {
        return beat.get().compose(done -> System.nanoTime() < end ? again(beat, end) : Future.succeededFuture());
    }

    /** Broken: the session of the beats is cut off. Must hold: that beat fails, and the next one is answered. */
    @Test
    void theBeatAfterALostConnectionIsAnswered() {
        var leases = new PostgresLeases(postgres::connect, "member");
        assertEquals(new HashSet<>(WORK), await(leases.beat(WORK)));
        log.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%members%' AND pid <> pg_backend_pid()");
        assertTrue(await(leases.beat(WORK).map(false).otherwise(true)));
        assertEquals(new HashSet<>(WORK), await(leases.beat(WORK)));
        await(leases.release());
    }
}
