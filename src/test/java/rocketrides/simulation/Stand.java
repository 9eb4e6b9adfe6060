package rocketrides.simulation;

import io.vertx.core.Future;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.Query;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Function;

/** Replaces a pool, a connection and their queries: all calls of production code go to one session. */
final class Stand {
    private Stand() {}

    static <T> T in(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static RuntimeException unknown(Method method) {
        return new UnsupportedOperationException("nobody stands in for " + method);
    }

    record Pooled(GatedSession session) implements InvocationHandler {
        @Override
        public Object invoke(Object proxy, Method method, Object[] values) {
            return switch (method.getName()) {
                case "query", "preparedQuery" -> asked(session, method, (String) values[0], false);
                case "withTransaction" ->
                    session.transaction(Stand.<Function<SqlConnection, Future<Object>>>cast(values[0]));
                case "withConnection" ->
                    Stand.<Function<SqlConnection, Future<Object>>>cast(values[0])
                            .apply(in(SqlConnection.class, new Connected(session, false)));
                case "getConnection" -> Future.succeededFuture(in(SqlConnection.class, new Connected(session, false)));
                default -> throw unknown(method);
            };
        }
    }

    record Connected(GatedSession session, boolean inTransaction) implements InvocationHandler {
        @Override
        public Object invoke(Object proxy, Method method, Object[] values) {
            return switch (method.getName()) {
                case "query", "preparedQuery" -> asked(session, method, (String) values[0], inTransaction);
                case "closeHandler", "exceptionHandler" -> proxy;
                case "close" -> Future.succeededFuture();
                default -> throw unknown(method);
            };
        }
    }

    private static Object asked(GatedSession session, Method method, String sql, boolean inTransaction) {
        boolean prepared = method.getName().equals("preparedQuery");
        InvocationHandler handler = (proxy, asked, values) -> {
            if (!asked.getName().equals("execute")) {
                throw unknown(asked);
            }
            var tuple = values == null ? Tuple.tuple() : (Tuple) values[0];
            return session.execute(sql, prepared ? tuple : null, inTransaction);
        };
        return prepared ? in(PreparedQuery.class, handler) : in(Query.class, handler);
    }

    @SuppressWarnings("unchecked")
    private static <T> T cast(Object value) {
        return (T) value;
    }
}
