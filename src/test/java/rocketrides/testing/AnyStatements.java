package rocketrides.testing;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import rocketrides.consumer.Instance;
import rocketrides.consumer.Projection;
import rocketrides.log.LogRecord;

/** A projection like another one, but its change may be any statements. */
public record AnyStatements<E>(Projection<E> like, Change<E> change) implements Projection<E> {
    @FunctionalInterface
    public interface Change<E> {
        Future<String> apply(Instance instance, List<E> events, SqlConnection transaction);
    }

    public AnyStatements(Projection<E> like) {
        this(like, like::apply);
    }

    @Override
    public String name() {
        return like.name();
    }

    @Override
    public E read(LogRecord record) {
        return like.read(record);
    }

    @Override
    public Future<String> apply(Instance instance, List<E> events, SqlConnection transaction) {
        return change.apply(instance, events, transaction);
    }

    @Override
    public Future<?> reset(String consumer, SqlConnection transaction) {
        return like.reset(consumer, transaction);
    }
}
