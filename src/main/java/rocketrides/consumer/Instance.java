package rocketrides.consumer;

/**
 * A consumer's work on one partition: it has a checkpoint of its own. A log with one partition has one instance of each
 * consumer.
 *
 * @param consumer the consumer's name
 * @param partition from 0 on
 * @param role as people know it: the name, or {@code consumer0/3} if there are several partitions
 */
public record Instance(String consumer, int partition, String role) {

    /** Of a log with so many partitions. */
    public static Instance of(String consumer, int partition, int partitions) {
        return new Instance(consumer, partition, partitions == 1 ? consumer : consumer + "/" + partition);
    }

    /** Of a log with one partition. */
    public static Instance of(String consumer) {
        return of(consumer, 0, 1);
    }
}
