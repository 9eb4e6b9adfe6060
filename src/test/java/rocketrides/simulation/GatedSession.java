package rocketrides.simulation;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * One session of a real Postgres, which production code uses as its pool. It can stop between two statements, within a
 * statement, and before the commit, with its transaction open.
 */
final class GatedSession {
    enum State {
        IDLE,
        RUNNING,
        STOPPED,
        DONE
    }

    /** The schedule has given up the operation. */
    static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1;

        Broken() {
            super("given up", null, false, false);
        }
    }

    private static final Pattern CONDITION = Pattern.compile("WHERE (?=name\\b|(h\\.)?partition = (ANY|\\$))");

    /** With the session's number, the advisory lock at which a statement stops. */
    static final int PAUSE = 7002;

    final String name;
    final int number;
    final int pid;
    private final SqlConnection connection;
    private final SqlEdit edit;

    /** Guards the fields below, and is notified when they change. */
    private final Object monitor;

    private State state = State.IDLE;
    private Course course = Course.READS;
    private Set<Integer> stops = Set.of();
    private String operation = "read";
    private int statements;
    private boolean begun;
    private Future<Void> turn = Future.succeededFuture();
    private Future<?> answered = Future.succeededFuture();
    private int stoppedAt;
    private Promise<Void> gate;
    private boolean broken;
    private Object answer;
    private Throwable failure;

    /** Changes the SQL of an operation before it is sent. */
    @FunctionalInterface
    interface SqlEdit {
        String edit(String operation, String sql);
    }

    GatedSession(String name, int number, int pid, SqlConnection connection, SqlEdit edit, Object monitor) {
        this.name = name;
        this.number = number;
        this.pid = pid;
        this.connection = connection;
        this.edit = edit;
        this.monitor = monitor;
    }

    Pool pool() {
        return Stand.in(Pool.class, new Stand.Pooled(this));
    }

    void start(String what, Course where, Set<Integer> stopAt, Supplier<? extends Future<?>> work) {
        synchronized (monitor) {
            state = State.RUNNING;
            operation = what;
            course = where;
            stops = stopAt;
            statements = 0;
            begun = false;
            turn = Future.succeededFuture();
            answered = Future.succeededFuture();
            stoppedAt = 0;
            broken = false;
        }
        // Work that throws ends, too: otherwise the history would wait for it for ever.
        Future.succeededFuture()
                .compose(started -> work.get().map(Object.class::cast))
                .onComplete(result -> {
                    synchronized (monitor) {
                        state = State.DONE;
                        answer = result.result();
                        failure = result.cause();
                        monitor.notifyAll();
                    }
                });
    }

    void goOn() {
        Promise<Void> opened;
        synchronized (monitor) {
            state = State.RUNNING;
            opened = gate;
        }
        opened.complete();
    }

    /** Works only at a gate; otherwise the server must be told. */
    void giveUp() {
        Promise<Void> opened = null;
        synchronized (monitor) {
            broken = true;
            if (state == State.STOPPED) {
                state = State.RUNNING;
                opened = gate;
            }
        }
        if (opened != null) {
            opened.fail(new Broken());
        }
    }

    boolean busy() {
        synchronized (monitor) {
            return state == State.RUNNING || state == State.STOPPED;
        }
    }

    State state() {
        synchronized (monitor) {
            return state;
        }
    }

    int stoppedAt() {
        synchronized (monitor) {
            return stoppedAt;
        }
    }

    /** Prepares for the next operation. */
    void idle() {
        synchronized (monitor) {
            state = State.IDLE;
        }
    }

    Object answer() {
        synchronized (monitor) {
            return answer;
        }
    }

    /** Null if it was answered. */
    Throwable failure() {
        synchronized (monitor) {
            return broken && failure != null ? new Broken() : failure;
        }
    }

    Future<Void> close() {
        return connection.close();
    }

    /** Sends a statement directly, without gates. */
    Future<RowSet<Row>> direct(String sql, Object... values) {
        return connection.preparedQuery(sql).execute(Tuple.from(values));
    }

    Future<RowSet<Row>> plain(String sql) {
        return connection.query(sql).execute();
    }

    /** Sent twice, because a late cancel request for an earlier statement may cancel the first one. */
    Future<RowSet<Row>> rollback() {
        return plain("ROLLBACK").recover(t -> plain("ROLLBACK"));
    }

    private Future<Void> stop(int at) {
        synchronized (monitor) {
            state = State.STOPPED;
            stoppedAt = at;
            gate = Promise.promise();
            monitor.notifyAll();
            return gate.future();
        }
    }

    /**
     * Statements are sent in order. One at which the session stops waits for the replies of the earlier ones. BEGIN and
     * ROLLBACK do not count.
     */
    Future<RowSet<Row>> execute(String sql, Tuple values, boolean inTransaction) {
        if (sql.equals("BEGIN") || sql.equals("ROLLBACK")) {
            begun = true;
            return plain(sql);
        }
        int index = statements++;
        boolean theOne = index == course.statement;
        int at = sql.endsWith("COMMIT")
                ? course.commit
                : theOne ? course.before : index == course.statement + 1 ? course.after : 0;
        var last = answered;
        turn = (turn.failed() ? Future.<Void>succeededFuture() : turn)
                .compose(sent -> at > 0 && stops.contains(at)
                        ? last.compose(done -> stop(at), failed -> Future.succeededFuture())
                        : Future.succeededFuture());
        var edited = edit.edit(operation, sql);
        var text = theOne && stopsWithin() ? withPause(edited) : edited;
        boolean alone = theOne && !begun && !inTransaction && stops.contains(course.commit);
        var answer = turn.compose(sent -> alone ? transaction(() -> send(text, values)) : send(text, values));
        answered = answer;
        return answer;
    }

    private boolean stopsWithin() {
        return course.within > 0 && stops.contains(course.within);
    }

    /** The lock is shared and the condition constant, so only the time at which the statement continues differs. */
    private String withPause(String sql) {
        var place = CONDITION.matcher(sql);
        if (!place.find()) {
            throw new IllegalStateException("nowhere to stop in: " + sql);
        }
        return place.replaceFirst(
                "WHERE (SELECT pg_advisory_xact_lock_shared(" + PAUSE + ", " + number + ")) IS NOT NULL AND ");
    }

    private Future<RowSet<Row>> send(String sql, Tuple values) {
        return values == null
                ? connection.query(sql).execute()
                : connection.preparedQuery(sql).execute(values);
    }

    <T> Future<T> transaction(Supplier<Future<T>> work) {
        plain("BEGIN");
        return work.get()
                .compose(result -> course.commit > 0 && stops.contains(course.commit)
                        ? stop(course.commit).map(result)
                        : Future.succeededFuture(result))
                .compose(result -> plain("COMMIT").map(result), t -> plain("ROLLBACK")
                        .transform(over -> Future.failedFuture(t)));
    }

    <T> Future<T> transaction(Function<SqlConnection, Future<T>> work) {
        return transaction(() -> work.apply(Stand.in(SqlConnection.class, new Stand.Connected(this, true))));
    }
}
