package rocketrides.chaos;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import rocketrides.log.Segment;
import rocketrides.log.SegmentStore;

/** Tempting simplifications of the real program. The harness must catch each of them. */
enum ChaosMutant {
    /** A checkpoint may move from anywhere, not only from the consumer's offset. */
    LOOSE_CHECKPOINT(Set.of("consumers", "twin")) {
        @Override
        Pool pool(Pool pool) {
            return replacing(
                    pool, "UPDATE checkpoints", "AND last_offset = (\\$\\d+)", "AND (last_offset = $1 OR true)");
        }
    },
    /** A consumer skips a gap instead of reading it from the archive. */
    SKIPPED_ARCHIVE(Set.of("consumers", "twin")) {
        @Override
        SegmentStore store(SegmentStore store) {
            return ChaosMutant.<List<Segment>>intercepting(
                    store, "read", found -> found.map(ChaosMutant::withoutContent));
        }
    },
    /** Segments are marked as published before they are published. */
    MARK_BEFORE_PUBLISH(Set.of("streamer", "second")) {
        @Override
        SegmentStore store(SegmentStore store) {
            var marking = ChaosMutant.<List<Segment>>intercepting(
                    store, "unpublished", found -> found.compose(all -> markAll(store, all)));
            return intercepting(marking, "mark", marked -> Future.succeededFuture(true));
        }
    },
    /** A save does not check that its records are of this history. */
    UNCHECKED_HISTORY(Set.of("consumers", "twin")) {
        @Override
        Pool pool(Pool pool) {
            return replacing(pool, "UPDATE checkpoints", "count\\(s\\.tag\\)", "count(*)");
        }
    };

    /** The processes that run with it. */
    final Set<String> processes;

    ChaosMutant(Set<String> processes) {
        this.processes = processes;
    }

    Pool pool(Pool pool) {
        return pool;
    }

    SegmentStore store(SegmentStore store) {
        return store;
    }

    private static List<Segment> withoutContent(List<Segment> segments) {
        return segments.stream()
                .map(s -> new Segment(
                        s.firstOffset(),
                        s.lastOffset(),
                        s.tag(),
                        String.join("\n", java.util.Collections.nCopies(s.count(), "skip\tgap\t{}"))))
                .toList();
    }

    private static Future<List<Segment>> markAll(SegmentStore store, List<Segment> segments) {
        var marked = Future.succeededFuture(true);
        for (var segment : segments) {
            marked = marked.compose(before -> store.mark(segment));
        }
        return marked.map(segments);
    }

    private static Pool replacing(Pool pool, String statement, String from, String to) {
        return replacing(Pool.class, pool, statement, from, to);
    }

    /** The statements of the client, and of its connections, with another text. */
    private static <T extends SqlClient> T replacing(
            Class<T> type, T client, String statement, String from, String to) {
        return proxy(type, (method, arguments) -> {
            if (method.getName().equals("preparedQuery")
                    && ((String) arguments[0]).contains(statement)
                    && ((String) arguments[0]).contains("refuse_save")) {
                var sql = (String) arguments[0];
                arguments[0] = sql.replaceFirst(from, to);
                if (arguments[0].equals(sql)) {
                    throw new IllegalStateException("nothing to break: no \"" + from + "\" in " + sql);
                }
            }
            var result = invoke(method, client, arguments);
            return method.getName().equals("getConnection")
                    ? ((Future<?>) result)
                            .map(connection ->
                                    replacing(SqlConnection.class, (SqlConnection) connection, statement, from, to))
                    : result;
        });
    }

    @FunctionalInterface
    private interface Call {
        Object of(java.lang.reflect.Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(
                ChaosMutant.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> call.of(method, arguments)));
    }

    /** The store with another result of one of its methods. */
    @SuppressWarnings("unchecked")
    private static <T> SegmentStore intercepting(
            SegmentStore store, String name, java.util.function.UnaryOperator<Future<T>> answer) {
        return proxy(SegmentStore.class, (method, arguments) -> {
            if (name.equals("mark") && method.getName().equals(name)) {
                return answer.apply(null);
            }
            var result = invoke(method, store, arguments);
            return method.getName().equals(name) ? answer.apply((Future<T>) result) : result;
        });
    }

    private static Object invoke(java.lang.reflect.Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
