package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import rocketrides.config.Settings;

/**
 * The partitions of the log, and which of them need work. Partitions are never deleted. When their number changes, the
 * old ones are closed: nothing is staged in them any more, and once they are finished, they need no work.
 *
 * @param partitions in the order of their numbers
 */
public record Layout(List<Partition> partitions) {
    private static final String READ = """
            SELECT p.partition, p.generation, p.open, r.unfinished,
                   ARRAY(SELECT c.name FROM checkpoints c
                          WHERE NOT p.open AND c.partition = p.partition
                            AND (r.unfinished OR c.last_offset < h.next_offset - 1)) AS behind
              FROM partitions p
              JOIN log_head h USING (partition)
              JOIN log_cursor l USING (partition)
             CROSS JOIN LATERAL (
               SELECT NOT p.open AND (l.published < h.next_offset - 1 OR EXISTS (
                 SELECT FROM staged_log_records s WHERE s.partition = p.partition)) AS unfinished) r
             ORDER BY p.partition""";

    /**
     * @param generation 0 for the first partitions of the log, and one more for each change of their number
     * @param open whether records are staged in it
     * @param unfinished closed, and the streamer has still to seal or to publish records
     * @param behind the consumers that have still to apply records; empty if it is open
     */
    public record Partition(int number, int generation, boolean open, boolean unfinished, Set<String> behind) {
        private static Partition of(Row row) {
            return new Partition(
                    row.getInteger("partition"),
                    row.getInteger("generation"),
                    row.getBoolean("open"),
                    row.getBoolean("unfinished"),
                    Set.copyOf(Arrays.asList(row.getArrayOfStrings("behind"))));
        }
    }

    /** Fails if Postgres fails. */
    public static Future<Layout> read(SqlClient client) {
        return client.query(READ)
                .execute()
                .map(rows -> new Layout(rows.stream().map(Partition::of).toList()));
    }

    public List<Integer> all() {
        return numbers(partition -> true);
    }

    public List<Integer> open() {
        return numbers(Partition::open);
    }

    /** The partitions in which nobody has anything to do any more. Their streams are not needed. */
    public List<Integer> drained() {
        return numbers(partition -> !partition.open()
                && !partition.unfinished()
                && partition.behind().isEmpty());
    }

    /** The partitions that need a streamer. */
    public List<Integer> toStream() {
        return numbers(partition -> partition.open() || partition.unfinished());
    }

    /** The partitions that need an instance of this consumer. */
    public List<Integer> toConsume(String consumer) {
        return numbers(partition -> partition.open() || partition.behind().contains(consumer));
    }

    private List<Integer> numbers(Predicate<Partition> which) {
        return partitions.stream().filter(which).map(Partition::number).toList();
    }

    /** The name, for people, of a role's part: the role if the log has always had one partition, or {@code role/3}. */
    public String nameOf(String role, int partition) {
        return partitions.size() == 1 ? role : role + "/" + partition;
    }

    /**
     * The settings of one partition: its own stream, and its share of the entries. The name of its stream never changes.
     * Only a log that began with one partition has a stream without a number.
     */
    public Settings.Log of(Settings.Log log, int partition) {
        boolean only = partition == 0
                && partitions.stream().filter(each -> each.generation() == 0).count() == 1;
        return new Settings.Log(
                only ? log.stream() : log.stream() + ":" + partition,
                Math.max(1, log.maxLength() / open().size()),
                log.delivery(),
                log.retention(),
                log.partitions());
    }
}
