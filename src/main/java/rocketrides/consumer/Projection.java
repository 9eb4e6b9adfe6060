package rocketrides.consumer;

import java.util.List;
import rocketrides.log.LogRecord;

/**
 * What a consumer computes from the log: the one thing to write for a consumer of one's own. Every record is applied
 * exactly once, in the order of offsets, because its changes commit together with the consumer's checkpoint.
 *
 * @param <E> what a record means to it
 */
public interface Projection<E> {

    /**
     * Names this projection, for ever: the name is stored with each consumer's checkpoint, and a consumer is neither run
     * nor reset with a projection of another name.
     */
    String name();

    /**
     * Reads one record; null if it is of no interest here. Must not depend on anything but the record.
     *
     * @throws IllegalArgumentException if it makes no sense; the message says why. The record is set aside in
     *     {@code rejected_records} and the log goes on
     */
    E read(LogRecord record);

    /** Changes this projection's own tables in the transaction. {@code events} is never empty. */
    void apply(List<E> events, Transaction transaction);

    /**
     * Deletes everything that {@link #apply} has written for this consumer, so that it can start from nothing: when it is
     * rewound, and when it is removed.
     */
    void reset(Transaction transaction);
}
