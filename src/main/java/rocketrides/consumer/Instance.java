package rocketrides.consumer;

/**
 * A consumer's work on one partition, with its own checkpoint. In a log with one partition, each consumer has one
 * instance.
 *
 * @param consumer the consumer's name
 * @param partition from 0 on
 * @param role the name for people: the consumer's name, or {@code consumer0/3} if there are several partitions
 */
public record Instance(String consumer, int partition, String role) {

    /** An instance in a log with one partition. */
    public static Instance of(String consumer) {
        return new Instance(consumer, 0, consumer);
    }
}
