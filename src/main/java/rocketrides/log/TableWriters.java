package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.HashSet;
import java.util.Set;

/**
 * Who may be writing into a table, for whoever has to wait until a number of a sequence can no longer appear in it: takes
 * the highest number given out, then this list, and waits until none of the list is left.
 */
public final class TableWriters {
    private static final String WRITERS = """
            SELECT DISTINCT virtualtransaction FROM pg_locks
             WHERE locktype = 'relation' AND relation = '%s'::regclass AND mode = 'RowExclusiveLock'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""";

    private TableWriters() {}

    /** The virtual transactions that hold a writer's lock on the table. */
    public static Future<Set<String>> of(SqlClient client, String table) {
        return client.query(WRITERS.replace("%s", table)).execute().map(rows -> {
            var writers = new HashSet<String>();
            rows.forEach(row -> writers.add(row.getString(0)));
            return writers;
        });
    }
}
