package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Lists the transactions that may be writing into a table. It is used to wait until an id of a sequence can no longer
 * appear in the table: read the highest assigned id, then read this list, then wait until none of the list is active.
 */
public final class TableWriters {
    private static final String WRITERS = """
            SELECT DISTINCT virtualtransaction FROM pg_locks
             WHERE locktype = 'relation' AND relation = '%s'::regclass AND mode = 'RowExclusiveLock'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""";

    private TableWriters() {}

    /** The virtual transactions that hold a writer's lock on the table. */
    public static Future<Set<String>> of(SqlClient client, String table) {
        return client.query(WRITERS.replace("%s", table))
                .execute()
                .map(rows -> rows.stream().map(row -> row.getString(0)).collect(Collectors.toSet()));
    }
}
