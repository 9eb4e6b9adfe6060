package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import rocketrides.log.LogRecord;

/**
 * What a consumer computes from the log: the only class to write for a consumer of your own. Every record is applied
 * exactly once, in the order of offsets, because its changes commit together with the consumer's checkpoint. So its
 * tables are in the log's database. What it does outside of the transaction may happen several times. One instance may
 * serve several consumers, so the methods get the consumer's name. If the change is a single statement, implement
 * {@link SingleStatement}, which is saved faster.
 *
 * <p>Methods that get a connection run in an open transaction. They must neither commit nor roll back, and must not use
 * the connection after the returned future has completed.
 *
 * @param <E> the event that a record is read as
 */
public interface Projection<E> {

    /**
     * The name of this projection. It must never change: it is stored with each consumer's checkpoint, and a consumer
     * is neither run nor reset with a projection of another name.
     */
    String name();

    /**
     * Reads one record as an event; null if the projection ignores the record. The result must depend on the record
     * only.
     *
     * @throws IllegalArgumentException if the record is invalid, with the reason. The record is stored in
     *     {@code rejected_records}, and the log continues
     */
    E read(LogRecord record);

    /**
     * Changes this projection's tables, and may read them, in the transaction that moves the consumer's checkpoint.
     * Completes when all its statements have been answered, with a description of the new state for people, or null. If
     * the future or a statement fails, the transaction is rolled back and the batch is applied again later.
     *
     * <p>If the log has several partitions, a consumer has an instance for each, and these run at the same time. So
     * keep a row for each partition and add up the rows when you read them. Or give records a key, so that each row
     * belongs to one partition.
     *
     * @param instance the consumer, and the partition of the events
     * @param events never empty
     */
    Future<String> apply(Instance instance, List<E> events, SqlConnection transaction);

    /**
     * Deletes everything that {@link #apply} has written for this consumer, in all partitions, in the transaction that
     * rewinds or removes it.
     */
    Future<?> reset(String consumer, SqlConnection transaction);

    /**
     * Stores what this projection needs to know about a new consumer, for example what retention had deleted before.
     * Runs in the transaction that registers the consumer, after its rows in {@code checkpoints}, one for each
     * partition, were inserted. No segment is deleted meanwhile.
     */
    default Future<?> register(String consumer, SqlConnection transaction) {
        return Future.succeededFuture();
    }
}
