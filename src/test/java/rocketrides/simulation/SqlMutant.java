package rocketrides.simulation;

import java.util.Set;
import java.util.regex.Pattern;
import rocketrides.runtime.Numbers;

/**
 * Each protective clause of the protocol's statements, left out or weakened. One that no longer finds its text has not
 * been caught.
 */
enum SqlMutant {
    SEAL_WITHOUT_LOCK(7, "seal", "\n     FOR UPDATE SKIP LOCKED", ""),
    SEAL_WAITS(7, "seal", "FOR UPDATE SKIP LOCKED", "FOR UPDATE"),
    SEAL_WITHOUT_HEAD(
            7,
            "seal",
            "head h CROSS JOIN LATERAL (\n        SELECT ctid FROM staged_log_records\n         WHERE partition = h.partition AND id > h.floor",
            "(SELECT) h CROSS JOIN LATERAL (\n        SELECT ctid FROM staged_log_records\n         WHERE id > 0"),
    SEAL_IGNORES_FLOOR(
            1, "seal", "s.id > log_head.floor", "s.id > 0", "what is at or below the floor is not sealed, either way"),
    SEAL_LOCKS_FOR_NOTHING(
            1,
            "seal",
            " AND EXISTS (SELECT FROM staged_log_records s WHERE s.partition = log_head.partition AND s.id > log_head.floor)",
            "",
            "an idle streamer would write a lock into the head row, each time that it looks"),
    SEAL_PICKS_IN_ANY_ORDER(26, "seal", " ORDER BY id LIMIT $1) t)\n    END", " LIMIT $1) t)\n    END"),
    SEAL_PICKS_THE_NEWEST(4, "seal", " ORDER BY id LIMIT $1) t)\n    END", " ORDER BY id DESC LIMIT $1) t)\n    END"),
    SEAL_WITHOUT_LIMIT(4, "seal", " LIMIT $1) t)\n    END", " LIMIT $1 + 1000) t)\n    END"),
    SEAL_WRITES_IN_ANY_ORDER(6, "seal", " ORDER BY id) AS records", ") AS records"),

    SEAL_IS_ALWAYS_NEXT(4, "seal", "published = first_offset - 1", "published = published"),

    UNPUBLISHED_AGAIN(6, "unpublished", "first_offset > (SELECT", "last_offset >= (SELECT"),
    UNPUBLISHED_PICKS_IN_ANY_ORDER(14, "unpublished", " ORDER BY first_offset LIMIT $1", " LIMIT $1"),
    UNPUBLISHED_WITHOUT_LIMIT(8, "unpublished", " LIMIT $1", " LIMIT $1 + 1000"),
    UNPUBLISHED_OVER_A_HOLE(
            14,
            "unpublished",
            "(SELECT published FROM log_cursor WHERE partition = $3) AS published",
            "first_offset - 1 AS published"),

    MARK_FROM_ANYWHERE(4, "mark", " AND published = $1 - 1", " AND published <> $1 + 1000000"),
    MARK_FORWARD(77, "mark", "published = $1 - 1", "published < $1"),
    MARK_WITHOUT_SEGMENT(
            11,
            "mark",
            " AND EXISTS (SELECT FROM log_segments WHERE partition = $4 AND first_offset = $1 AND tag = $3)",
            " AND $3::uuid IS NOT NULL"),
    MARK_ANY_TAG(69, "mark", " AND tag = $3", " AND $3::uuid IS NOT NULL"),
    MARK_ANY_OFFSET(77, "mark", "AND first_offset = $1 AND tag = $3", "AND tag = $3"),
    MARK_FLUSHES(
            1,
            "mark",
            "set_config('synchronous_commit', 'off', true) = 'off'",
            "true",
            "a mark would wait for the disk"),

    READ_WITHOUT_THE_FIRST(
            6,
            "read",
            "coalesce(\n    (SELECT max(first_offset) FROM log_segments WHERE partition = $3 AND first_offset <= $4), 0)",
            "$4"),
    READ_NOTHING_BEFORE_THE_BEGINNING(
            125,
            "read",
            "coalesce(\n    (SELECT max(first_offset) FROM log_segments WHERE partition = $3 AND first_offset <= $4), 0)",
            "(SELECT max(first_offset) FROM log_segments WHERE partition = $3 AND first_offset <= $4)"),
    READ_PICKS_IN_ANY_ORDER(132, "read", " ORDER BY first_offset LIMIT $1", " LIMIT $1"),
    READ_WITHOUT_LIMIT(7, "read", " LIMIT $1", " LIMIT $1 + 1000"),
    HOLDS_ANY_TAG(6, "holds", " AND tag = $2", " AND $2::uuid IS NOT NULL"),
    HOLDS_ANY_OFFSET(78, "holds", "first_offset = $1 AND tag = $2", "$1::bigint IS NOT NULL AND tag = $2"),

    RETAIN_WITHOUT_LOCK(1, "retain", "SELECT pg_advisory_xact_lock(7001)", "SELECT 1"),
    RETAIN_IGNORES_CHECKPOINTS(
            6, "retain", "(SELECT coalesce(min(last_offset), 0) FROM checkpoints WHERE partition = $4)", "NULL"),
    RETAIN_FOR_NOBODY(298, "retain", "coalesce(min(last_offset), 0)", "min(last_offset)"),
    RETAIN_FOR_THE_FASTEST(19, "retain", "coalesce(min(last_offset), 0)", "coalesce(max(last_offset), 0)"),
    RETAIN_IGNORES_CURSOR(117, "retain", "(SELECT published FROM log_cursor WHERE partition = $4)", "NULL"),
    RETAIN_IGNORES_AGE(7, "retain", "sealed_at < now() - $1 * interval '1 ms'", "$1::float8 IS NOT NULL"),
    RETAIN_MICROSECONDS(110, "retain", "interval '1 ms'", "interval '1 us'"),
    RETAIN_NOT_A_PREFIX(
            7,
            "retain",
            "bool_and(sealed_at < now() - $1 * interval '1 ms' AND last_offset <= k.upto) OVER w AS may_go",
            "(sealed_at < now() - $1 * interval '1 ms' AND last_offset <= k.upto) AS may_go"),
    RETAIN_LOOKS_IN_ANY_ORDER(
            1,
            "retain",
            "ORDER BY first_offset LIMIT $2",
            "LIMIT $2",
            "it would matter with more than 5,000 segments only, and then delete too little"),
    RETAIN_ADDS_UP_IN_ANY_ORDER(
            1,
            "retain",
            "(ORDER BY first_offset ROWS UNBOUNDED PRECEDING)",
            "(ROWS UNBOUNDED PRECEDING)",
            "the rows happen to come in this order"),
    RETAIN_NOT_EVEN_THE_NEWEST(
            61, "retain", "(SELECT max(first_offset) FROM log_segments WHERE partition = $4) - 1", "NULL"),
    RETAIN_HALF_A_SEGMENT(134, "retain", "last_offset <= k.upto", "first_offset <= k.upto"),
    RETAIN_WITHOUT_A_BEGINNING(
            1,
            "retain",
            "first_offset >= (SELECT min(first_offset) FROM summed)",
            "true",
            "the index would be read from its beginning, where deleted segments were"),

    SAMPLE_OF_AN_UNUSED_SEQUENCE(
            1, "sample", "CASE WHEN is_called THEN last_value ELSE last_value - 1 END", "last_value"),
    SAMPLE_ANY_LOCK(10, "sample", " AND mode = 'RowExclusiveLock'", ""),
    SAMPLE_ANY_TABLE(1, "sample", " AND relation = 'staged_log_records'::regclass", ""),
    SAMPLE_ANY_DATABASE(
            1,
            "sample",
            "\n   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            "",
            "a table with the same number in another database would keep the floor where it is"),
    SAMPLE_NO_WRITERS(1, "sample", "mode = 'RowExclusiveLock'", "mode = 'AccessExclusiveLock'"),
    RAISE_UNWAITED(8, "raise", "mode = 'RowExclusiveLock'", "mode = 'AccessExclusiveLock'"),
    RAISE_BACKWARDS(10, "raise", "greatest(h.floor, least(", "coalesce(least("),
    RAISE_OVER_STAGED(
            3,
            "raise",
            "(SELECT s.id - 1 FROM staged_log_records s\n    WHERE s.partition = h.partition AND s.id > h.floor ORDER BY s.id LIMIT 1)",
            "NULL::bigint"),
    RAISE_TO_ANY_STAGED(90, "raise", "ORDER BY s.id LIMIT 1", "LIMIT 1"),
    RAISE_OVER_THE_SEQUENCE(39, "raise", " AND $1 <= ", " AND 0 <= "),
    LOWER_WITH_NOTHING_BELOW(
            14,
            "lower",
            "EXISTS (SELECT FROM staged_log_records s WHERE s.partition = h.partition AND s.id <= h.floor)",
            "h.floor > 0"),
    LOWER_WITHOUT_A_LOOK_AT_STAGED(
            51,
            "lower",
            "EXISTS (SELECT FROM staged_log_records s WHERE s.partition = h.partition AND s.id <= h.floor)",
            "false"),
    LOWER_WITHOUT_A_LOOK_AT_THE_SEQUENCE(216, "lower", "OR h.floor > ", "OR h.floor < -"),
    LOWER_WHAT_IS_LOW(1, "lower", " AND h.floor > 0", "", "it would say so each time, and change nothing"),

    SAVE_PARTLY_OF_THIS_HISTORY(8, "save", "count(*) = cardinality($5::bigint[])", "count(*) > 0"),
    SAVE_ANY_TAG(8, "save", "b.tag = (SELECT s.tag", "EXISTS (SELECT s.tag"),
    SAVE_ANY_OFFSET(
            8,
            "save",
            "= (SELECT s.tag FROM log_segments s WHERE s.partition = $10 AND s.first_offset = b.first_offset)",
            "IN (SELECT s.tag FROM log_segments s WHERE s.partition = $10)"),
    SAVE_FROM_ANYWHERE(7, "save", " AND last_offset = $2", " AND $2::bigint IS NOT NULL"),
    SAVE_FORWARD(7, "save", "last_offset = $2", "last_offset <= $2"),
    SAVE_FOR_ALL(8, "save", "WHERE name = $1 AND last", "WHERE name IS NOT NULL AND $1::text IS NOT NULL AND last"),
    SAVE_MOVES_IN_ANY_HISTORY(
            1,
            "save",
            " AND (SELECT same FROM history)",
            "",
            "the statement refuses before it comes to that, and whoever refuses changes nothing"),
    SAVE_OTHER_HISTORY_UNSAID(
            8, "save", "WHEN NOT (SELECT same FROM history) THEN", "WHEN false AND (SELECT same FROM history) THEN"),
    SAVE_MOVED_UNSAID(7, "save", "WHEN NOT EXISTS (SELECT FROM moved)", "WHEN false AND EXISTS (SELECT FROM moved)"),
    SAVE_REJECTS_TWICE(
            1, "save", "\nON CONFLICT DO NOTHING", "", "a record is set aside once only, and a rewind deletes it"),
    SAVE_OVER_A_REWIND(
            20,
            "save",
            "AND rewinds = (SELECT c.rewinds FROM checkpoints c WHERE c.name = $1 AND c.partition = $10)",
            ""),
    SAVE_COMMITS_UNASKED(
            1,
            "save",
            "SET CONSTRAINTS ALL IMMEDIATE; COMMIT",
            "COMMIT",
            "it matters only to a projection that keeps a failure to itself"),
    SAVE_SHOWS_NOTHING(
            1,
            "save",
            "ELSE (SELECT shown FROM change LIMIT 1)",
            "ELSE NULL",
            "a change that nobody reads is completed all the same"),
    CRASH_OF_ALL(28, "crash", "WHERE name = $1", "WHERE name IS NOT NULL AND $1::text IS NOT NULL"),

    REGISTER_WITHOUT_LOCK(1, "register", "SELECT pg_advisory_xact_lock(7001)", "SELECT 1"),
    REGISTER_AT_THE_END(
            8, "register", "(SELECT min(first_offset) FROM log_segments s WHERE s.partition = h.partition)", "NULL"),
    REGISTER_AT_THE_NEWEST(8, "register", "SELECT min(first_offset)", "SELECT max(first_offset)"),
    REGISTER_TWICE(1, "register", "ON CONFLICT DO NOTHING", ""),
    LOAD_ONLY_REGISTERED(2, "load", "LEFT JOIN checkpoints", "JOIN checkpoints"),
    LOAD_ANY(4, "load", "ON c.name = $1", "ON c.name >= $1"),

    REWIND_WITHOUT_LOCK(5, "rewind", "SELECT pg_advisory_xact_lock(7001)", "SELECT 1"),
    REMOVE_WITHOUT_LOCK(3, "remove", "SELECT pg_advisory_xact_lock(7001)", "SELECT 1"),
    REWIND_WITHOUT_ROW_LOCK(248, "rewind", " FOR UPDATE", ""),
    REMOVE_WITHOUT_ROW_LOCK(1, "remove", " FOR UPDATE", "", "what it does next takes the lock"),
    REWIND_WITHOUT_A_BEGINNING(94, "rewind", "SELECT min(first_offset)", "SELECT least(1, min(first_offset))"),
    REWIND_ALL(4, "rewind", "rewinds + 1\n WHERE name = $1", "rewinds + 1\n WHERE name >= $1"),
    REWIND_KEEPS_THE_REJECTED(
            22, "rewind", "rejected_records WHERE consumer = $1", "rejected_records WHERE consumer = $1 AND false"),
    REWIND_FORGETS_ALL_REJECTED(
            22, "rewind", "rejected_records WHERE consumer = $1", "rejected_records WHERE consumer >= $1"),
    REWIND_UNCOUNTED(4, "rewind", "rewinds = rewinds + 1", "rewinds = rewinds"),
    REMOVE_ALL(3, "remove", "checkpoints WHERE name = $1", "checkpoints WHERE name >= $1"),
    REMOVE_KEEPS_THE_REJECTED(
            114, "remove", "rejected_records WHERE consumer = $1", "rejected_records WHERE consumer = $1 AND false"),
    SEAL_ELSEWHERE(
            3, "seal", "WHERE partition = ANY ($3)", "WHERE partition = ANY ($3::smallint[] || '{1, 2}'::smallint[])"),
    SEAL_FROM_ELSEWHERE(
            3,
            "seal",
            "\n         WHERE partition = h.partition AND id > h.floor ORDER BY id LIMIT $1) t)",
            "\n         WHERE id > h.floor ORDER BY id LIMIT $1) t)"),
    SEAL_WOKEN_FROM_ELSEWHERE(
            3,
            "seal",
            "s.partition = log_head.partition AND ",
            "",
            "an idle streamer would lock the head row for records of another partition"),
    UNPUBLISHED_ELSEWHERE(2, "unpublished", "WHERE partition = $3 AND first_offset >", "WHERE first_offset >"),
    MARK_ELSEWHERE(
            3,
            "mark",
            "WHERE partition = $4 AND published",
            "WHERE partition = $4::smallint - $4::smallint + partition AND published"),
    READ_ELSEWHERE(3, "read", "WHERE partition = $3 AND first_offset >= coalesce", "WHERE first_offset >= coalesce"),
    RETAIN_LOOKS_ELSEWHERE(
            3, "retain", "FROM log_segments WHERE partition = $4 ORDER BY", "FROM log_segments ORDER BY"),
    RETAIN_ELSEWHERE(3, "retain", "WHERE partition = $4 AND first_offset >= (SELECT", "WHERE first_offset >= (SELECT"),
    RETAIN_FOR_CHECKPOINTS_ELSEWHERE(3, "retain", "FROM checkpoints WHERE partition = $4", "FROM checkpoints"),
    RAISE_ELSEWHERE(3, "raise", "h.partition = ANY ($2)", "h.partition = ANY ($2::smallint[] || '{1, 2}'::smallint[])"),
    LOWER_ELSEWHERE(3, "lower", "h.partition = ANY ($1)", "h.partition = ANY ($1::smallint[] || '{1, 2}'::smallint[])"),
    SAVE_ELSEWHERE(3, "save", "\n     AND partition = $10", ""),
    CRASH_ELSEWHERE(3, "crash", " AND partition = $2", " AND $2::smallint IS NOT NULL");

    private static final Pattern PARAMETER = Pattern.compile("\\$(\\d+)");

    final String operation;
    private final String clause;
    private final String instead;

    /** The first of the histories from seed 1 on that is known to catch it. */
    final int history;

    /** Why nothing would go wrong without it, but for the time it takes; null if it would. */
    final String harmless;

    SqlMutant(int history, String operation, String clause, String instead) {
        this(history, operation, clause, instead, null);
    }

    SqlMutant(int history, String operation, String clause, String instead, String harmless) {
        this.history = history;
        this.operation = operation;
        this.clause = clause;
        this.instead = instead;
        this.harmless = harmless;
    }

    /**
     * @param found told each clause that is replaced
     * @throws IllegalStateException if it is not clear which
     */
    String edit(String what, String sql, Set<SqlMutant> found) {
        var old = numbered(clause, sql);
        int at = what.equals(operation) ? sql.indexOf(old) : -1;
        if (at < 0) {
            return sql;
        }
        if (sql.indexOf(old, at + 1) >= 0) {
            throw new IllegalStateException(this + ": \"" + old + "\" is not the only one in: " + sql);
        }
        found.add(this);
        return sql.substring(0, at) + numbered(instead, sql) + sql.substring(at + old.length());
    }

    /** In a save at once the parameters of the projection's statement come first. */
    private static String numbered(String clause, String sql) {
        return sql.startsWith("WITH change AS")
                ? PARAMETER
                        .matcher(clause)
                        .replaceAll(number -> "\\$"
                                + (RideNumbers.PARAMETERS
                                        + Numbers.whole(number.group(1)).orElseThrow()))
                : clause;
    }
}
