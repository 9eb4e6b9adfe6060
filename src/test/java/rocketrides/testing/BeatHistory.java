package rocketrides.testing;

import static rocketrides.testing.TestLog.await;

/**
 * When members beat, and when roles changed hands, by the clock of Postgres: that a machine is busy makes beats late, but
 * does not change what each of them must do. To be made before the first process of the log starts.
 */
public final class BeatHistory {
    /** {@code at}: when the beat began, as it knows the time itself; {@code done}: shortly before others can see it. */
    private static final String KEPT = """
            CREATE TABLE beats (n bigserial, at timestamptz DEFAULT now(), done timestamptz DEFAULT clock_timestamp(),
                                id text, role text);
            CREATE TABLE hands (n bigserial, at timestamptz DEFAULT now(), done timestamptz DEFAULT clock_timestamp(),
                                role text, owner text, until timestamptz);
            CREATE FUNCTION keep_beat() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN INSERT INTO beats (id, role) VALUES (NEW.id, NEW.role); RETURN NULL; END $$;
            CREATE FUNCTION keep_hand() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN INSERT INTO hands (role, owner, until) VALUES (NEW.role, NEW.owner, NEW.until); RETURN NULL; END $$;
            CREATE TRIGGER keep AFTER INSERT OR UPDATE ON members FOR EACH ROW EXECUTE FUNCTION keep_beat();
            CREATE TRIGGER keep AFTER INSERT OR UPDATE ON assignments FOR EACH ROW EXECUTE FUNCTION keep_hand()""";

    /** Of a role: who has it, since when, who had it before, and since when nobody had it; seen by beats a moment later. */
    private static final String CHANGES = """
            WITH steps AS (
              SELECT role, at, owner, lag(owner) OVER w AS before, lag(owner, 2) OVER w AS giver, lag(at) OVER w AS given,
                     CASE WHEN lag(owner) OVER w IS NULL THEN lag(done) OVER w + interval '250 ms'
                          ELSE lag(until) OVER w END AS free
                FROM hands WINDOW w AS (PARTITION BY role ORDER BY n)
            ), taken AS (
              SELECT * FROM steps WHERE owner IS NOT NULL AND owner IS DISTINCT FROM before AND free IS NOT NULL
            )
            """;

    private final TestLog log;

    public BeatHistory(TestLog log) {
        this.log = log;
        await(log.pool.query(KEPT).execute());
    }

    /** How many roles the very first beat has taken. */
    public long ownedByTheFirstBeat() {
        return log.number("SELECT count(owner) FROM hands WHERE at = (SELECT min(at) FROM beats)");
    }

    /** How many roles have changed hands. */
    public long changes() {
        return log.number(CHANGES + "SELECT count(*) FROM taken");
    }

    /** How often a beat of the later owner found its role free, and did not take it. */
    public long hesitated() {
        return log.number(
                CHANGES
                        + "SELECT count(*) FROM taken t JOIN beats b ON b.role = t.role AND b.id = t.owner WHERE b.at >= t.free AND b.at < t.at");
    }

    /** How often a beat found that a role belongs to a newcomer, and did not give it back. */
    public long kept() {
        return log.number(CHANGES + """
                SELECT count(*) FROM taken t JOIN beats b ON b.role = t.role AND b.id = t.giver
                 WHERE t.before IS NULL AND b.at < t.given AND b.at >= interval '250 ms'
                       + (SELECT min(f.done) FROM beats f WHERE f.role = t.role AND f.id = t.owner)""");
    }

    /** The time between two beats of a member, in the median. */
    public long millisBetweenBeats() {
        return log.number("""
                SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY millis)::bigint FROM (
                  SELECT extract(epoch FROM at - lag(at) OVER (PARTITION BY id, role ORDER BY n)) * 1000 AS millis FROM beats) b""");
    }
}
