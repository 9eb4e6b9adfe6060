package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The definitions of tables, views, sequences, indexes and functions in the catalog of Postgres.
 *
 * @param objects by name; each maps a part of the object, for example {@code column distance}, to its definition
 */
record Shape(Map<String, Map<String, String>> objects) {
    private static final String KIND = "kind";
    private static final String NOT_NULL = " NOT NULL";
    private static final String DEFAULT = " DEFAULT ";
    private static final int MOST_OF_ONE = 3;

    /** Reads the first schema of the search path only, where CREATE creates objects. So names have no schema. */
    private static final String READ = """
            WITH place AS (
              SELECT oid FROM pg_namespace WHERE nspname = current_schema()
            ), relations AS (
              SELECT oid, relname, relkind, CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
                                                         WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                                                         WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index'
                                                         WHEN 'f' THEN 'foreign table' ELSE 'type' END AS kind
                FROM pg_class
               WHERE relnamespace = (SELECT oid FROM place) AND ($1::text[] IS NULL OR relname = ANY ($1::text[]))
            )
            SELECT relname::text AS object, 'kind' AS part, 'a ' || kind AS definition FROM relations
            UNION ALL
            SELECT relname, 'column ' || attname,
                   format_type(atttypid, atttypmod)
                     || CASE WHEN attcollation NOT IN (0, (SELECT oid FROM pg_collation WHERE collname = 'default'))
                             THEN ' COLLATE ' || attcollation::regcollation ELSE '' END
                     || CASE WHEN attgenerated <> '' THEN ' GENERATED' WHEN attidentity <> '' THEN ' IDENTITY' ELSE '' END
                     || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '')
                     || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
              FROM relations JOIN pg_attribute ON attrelid = relations.oid
              LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
             WHERE attnum > 0 AND NOT attisdropped AND relkind NOT IN ('i', 'S')
            UNION ALL
            SELECT relname, 'constraint ' || pg_get_constraintdef(c.oid), 'enforced'
              FROM relations JOIN pg_constraint c ON conrelid = relations.oid WHERE contype IN ('p', 'u', 'c', 'f', 'x')
            UNION ALL
            SELECT relname, 'definition', pg_get_indexdef(oid, 0, true) FROM relations WHERE relkind = 'i'
            UNION ALL
            SELECT relname, 'definition',
                   format('%s increment %s cache %s', seqtypid::regtype, seqincrement, seqcache)
              FROM relations JOIN pg_sequence ON seqrelid = relations.oid
            UNION ALL
            SELECT format('%s(%s)', proname, pg_get_function_identity_arguments(oid)), 'kind',
                   'a function with the result ' || coalesce(pg_get_function_result(oid), 'none')
              FROM pg_proc
             WHERE pronamespace = (SELECT oid FROM place)
               AND ($1::text[] IS NULL OR format('%s(%s)', proname, pg_get_function_identity_arguments(oid)) = ANY ($1::text[]))
            """;

    /** The shape of everything in the schema. */
    static Future<Shape> of(SqlConnection connection) {
        return read(connection, null);
    }

    /** The shape of the objects with these names, if they exist. */
    static Future<Shape> of(SqlConnection connection, Set<String> names) {
        return read(connection, names.toArray(String[]::new));
    }

    private static Future<Shape> read(SqlConnection connection, String[] names) {
        return connection
                .preparedQuery(READ)
                .execute(Tuple.tuple().addArrayOfString(names))
                .map(rows -> {
                    Map<String, Map<String, String>> objects = new TreeMap<>();
                    rows.forEach(row -> objects.computeIfAbsent(row.getString(0), name -> new TreeMap<>())
                            .put(row.getString(1), row.getString(2)));
                    return new Shape(objects);
                });
    }

    Set<String> names() {
        return objects.keySet();
    }

    /**
     * How objects in {@code found} differ from those with the same names here: one text for each object, for people. An
     * object that is missing in {@code found} is not a difference. Additional constraints are none either, nor are
     * additional columns, unless an INSERT must give them a value.
     */
    List<String> differences(Shape found) {
        List<String> differences = new ArrayList<>();
        objects.forEach((name, parts) -> {
            var there = found.objects.get(name);
            if (there != null) {
                var ofThis = differences(parts, there);
                if (!ofThis.isEmpty()) {
                    var more = ofThis.size() - MOST_OF_ONE;
                    differences.add(
                            name + ": " + String.join(", ", ofThis.subList(0, Math.min(ofThis.size(), MOST_OF_ONE)))
                                    + (more > 0 ? ", and " + more + " more" : ""));
                }
            }
        });
        return differences;
    }

    private static List<String> differences(Map<String, String> expected, Map<String, String> found) {
        if (!expected.get(KIND).equals(found.get(KIND))) {
            return List.of("is " + found.get(KIND) + " (expected " + expected.get(KIND) + ")");
        }
        List<String> differences = new ArrayList<>();
        expected.forEach((part, definition) -> {
            if (!definition.equals(found.get(part))) {
                differences.add(part + " is " + found.getOrDefault(part, "missing") + " (expected " + definition + ")");
            }
        });
        found.forEach((part, definition) -> {
            if (!expected.containsKey(part) && definition.endsWith(NOT_NULL) && !definition.contains(DEFAULT)) {
                differences.add(part + " is " + definition + " (expected none that needs a value)");
            }
        });
        return differences;
    }
}
