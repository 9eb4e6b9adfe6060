package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import rocketrides.log.LogRecord;

/**
 * What a consumer computes from the log: the one thing to write for a consumer of one's own. Every record is applied
 * exactly once, in the order of offsets, because its changes commit together with the consumer's checkpoint. One instance
 * may serve several consumers, so each of them is told by its name. One whose change is a single statement is a
 * {@link SingleStatement}, which is saved faster.
 *
 * <p>The methods that get a connection work in a transaction that is open already. They must neither commit nor roll back,
 * and must not use the connection once the future that they return has completed.
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

    /**
     * Changes this projection's own tables, in the transaction that moves the consumer's checkpoint; may read them before.
     * Completes when all its statements have been answered, with what people are to be shown of the new state, or null. If
     * it fails, or one of its statements does, the transaction is rolled back and the batch is applied again later.
     *
     * <p>Where the log has several partitions, a consumer has an instance for each, and these work at the same time. So keep a
     * row for each partition, and add up the rows when you read; or give records a key, so that each row is of one partition.
     *
     * @param instance which consumer it is, and which partition the events are of
     * @param events never empty
     */
    Future<String> apply(Instance instance, List<E> events, SqlConnection transaction);

    /**
     * Deletes everything that {@link #apply} has written for this consumer, in all partitions, so that it can start from nothing: when it is
     * rewound, and when it is removed. In the transaction that does so.
     */
    Future<?> reset(String consumer, SqlConnection transaction);

    /**
     * Notes what this projection needs to know of a new consumer, for example what retention had deleted before: in the
     * transaction that registers it, after its rows in {@code checkpoints}, one for each partition, were inserted. No segment is deleted meanwhile.
     */
    default Future<?> register(String consumer, SqlConnection transaction) {
        return Future.succeededFuture();
    }
}
