package rocketrides.assignment;

import io.vertx.core.Future;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The leases in Postgres, in the tables {@code members} and {@code assignments}. Has its own connection, so that a beat
 * never waits for other work. A connection that fails or is late is closed, and the next beat opens a new one. Use it
 * on one context.
 */
public final class PostgresLeases implements Leases {
    /**
     * One statement for all roles of the process. The members of a role share its partitions evenly. Members are
     * ordered by a hash of role and member, so that the roles are spread over the members, and few roles move when a
     * member comes or goes. Rows of partitions that no longer need work are deleted, unless another member still owns
     * them. Beats cannot deadlock: a beat skips rows that are locked, except for conflicting inserts, and it inserts in
     * a fixed order.
     */
    static final String BEAT = """
            WITH asked AS MATERIALIZED (
              SELECT role, partition FROM unnest($2::text[], $3::smallint[]) AS a (role, partition)
            ), here AS (
              INSERT INTO members (id, role, seen_at) SELECT DISTINCT $1::text, role, now() FROM asked ORDER BY role
              ON CONFLICT (id, role) DO UPDATE SET seen_at = excluded.seen_at
            ), forgotten AS (
              DELETE FROM members WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM members WHERE seen_at < now() - interval '10 minutes' AND id <> $1
                   FOR UPDATE SKIP LOCKED))
            ), live AS (
              SELECT role, id FROM members WHERE role = ANY ($2) AND id <> $1 AND seen_at > now() - LEASE
              UNION ALL
              SELECT DISTINCT role, $1 FROM asked
            ), places AS (
              SELECT role, id, count(*) OVER (PARTITION BY role) AS members,
                     row_number() OVER (PARTITION BY role ORDER BY md5(role || ' ' || id) COLLATE "C", id COLLATE "C") AS place
                FROM live
            ), shares AS MATERIALIZED (
              SELECT role, (count(*) + members - place) / members AS share
                FROM places JOIN asked USING (role) WHERE id = $1 GROUP BY role, members, place
            ), kept AS MATERIALIZED (
              SELECT s.role, a.partition FROM shares s CROSS JOIN LATERAL (
                SELECT partition FROM assignments f
                 WHERE role = s.role AND (owner = $1 OR owner IS NULL OR until <= now())
                   AND EXISTS (SELECT FROM asked n WHERE n.role = f.role AND n.partition = f.partition)
                 ORDER BY owner IS DISTINCT FROM $1, partition LIMIT s.share
                   FOR UPDATE SKIP LOCKED) a
            ), renewed AS (
              UPDATE assignments a SET owner = $1, until = now() + LEASE
                FROM kept k WHERE a.role = k.role AND a.partition = k.partition
              RETURNING a.role, a.partition
            ), founded AS (
              INSERT INTO assignments (role, partition, owner, until)
              SELECT role, partition, CASE WHEN mine THEN $1 END, CASE WHEN mine THEN now() + LEASE END
                FROM (SELECT role, partition, row_number() OVER (PARTITION BY role ORDER BY partition) <= share AS mine
                        FROM asked n JOIN shares USING (role)
                       WHERE NOT EXISTS (SELECT FROM assignments a WHERE a.role = n.role AND a.partition = n.partition)) n
               ORDER BY role, partition
              ON CONFLICT DO NOTHING
              RETURNING role, partition, owner
            ), released AS (
              UPDATE assignments SET owner = NULL, until = NULL WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM assignments a
                 WHERE owner = $1 AND NOT EXISTS (SELECT FROM kept k WHERE k.role = a.role AND k.partition = a.partition)
                   AND EXISTS (SELECT FROM asked n WHERE n.role = a.role AND n.partition = a.partition)
                   FOR UPDATE SKIP LOCKED))
            ), dropped AS (
              DELETE FROM assignments WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM assignments a
                 WHERE role = ANY ($2) AND (owner IS NOT DISTINCT FROM $1 OR until IS NULL OR until <= now())
                   AND NOT EXISTS (SELECT FROM asked n WHERE n.role = a.role AND n.partition = a.partition)
                   FOR UPDATE SKIP LOCKED))
            )
            SELECT role, partition FROM renewed
            UNION ALL
            SELECT role, partition FROM founded WHERE owner = $1
            """.replace("LEASE", "interval '" + Membership.LEASE.toMillis() + " ms'");

    static final String RELEASE = """
            WITH gone AS (DELETE FROM members WHERE id = $1)
            UPDATE assignments SET owner = NULL, until = NULL WHERE owner = $1""";

    /** If a beat gets no reply in this time, there is time for another one before the lease expires. */
    private static final long LIMIT_MILLIS = 1_200;

    /**
     * If a crash of Postgres loses a lease, that only costs some seconds. So beats do not wait for the disk or a
     * standby.
     */
    private static final String SETTINGS =
            "SET synchronous_commit = off; SET statement_timeout = '" + LIMIT_MILLIS + "ms'";

    private final Supplier<Future<PgConnection>> connect;
    private final String member;
    private final String beat;
    private Future<PgConnection> connection;

    /** {@code member}: the ID of this process; never used by another one. */
    public PostgresLeases(Supplier<Future<PgConnection>> connect, String member) {
        this(connect, member, BEAT);
    }

    PostgresLeases(Supplier<Future<PgConnection>> connect, String member, String beat) {
        this.connect = connect;
        this.member = member;
        this.beat = beat;
    }

    @Override
    public Future<Set<Lease>> beat(Collection<Lease> work) {
        var asked = Tuple.of(
                member,
                work.stream().map(Lease::role).toArray(String[]::new),
                work.stream().map(lease -> (short) lease.partition()).toArray(Short[]::new));
        return send(beat, asked).map(rows -> {
            var owned = new HashSet<Lease>();
            rows.forEach(row -> owned.add(new Lease(row.getString(0), row.getShort(1))));
            return owned;
        });
    }

    @Override
    public Future<Void> release() {
        return send(RELEASE, Tuple.from(List.of(member)))
                .onSuccess(released -> drop())
                .mapEmpty();
    }

    private Future<RowSet<Row>> send(String sql, Tuple parameters) {
        if (connection == null) {
            connection = connect.get()
                    .compose(opened ->
                            opened.query(SETTINGS).execute().map(opened).onFailure(refused -> opened.close()));
        }
        return connection
                .compose(opened -> opened.preparedQuery(sql).execute(parameters))
                .timeout(LIMIT_MILLIS, TimeUnit.MILLISECONDS)
                .onFailure(failed -> drop());
    }

    /** A connection that is still being opened is closed once it is open. */
    private void drop() {
        connection.onSuccess(PgConnection::close);
        connection = null;
    }
}
