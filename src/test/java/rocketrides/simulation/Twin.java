package rocketrides.simulation;

import io.vertx.core.Future;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import rocketrides.consumer.Rewind;
import rocketrides.log.UnusableLogException;

/** One operation on both: in a session of the real Postgres, and at a client of the simulated one. */
final class Twin<T> {
    enum Place {
        STOPPED,
        WAITING,
        DONE
    }

    final String what;
    final GatedSession session;
    final Course course;
    private final Set<Integer> stops;
    private final Supplier<Future<T>> real;
    private final Function<T, Object> words;
    private final Consumer<T> then;

    private final Client client;
    private Future<T> simulated;
    private Statement<?> statement;
    private int asked;
    private int stoppedAt;
    private boolean paused;
    private boolean pauseSeen;
    private boolean givenUp;

    /**
     * @param words the part of a result that is compared
     * @param then gets the result, or null if there was none; null if nothing depends on the result
     */
    Twin(
            String what,
            GatedSession session,
            Client client,
            Course course,
            Set<Integer> stops,
            Supplier<Future<T>> real,
            Function<T, Object> words,
            Consumer<T> then) {
        this.what = what;
        this.session = session;
        this.client = client;
        this.course = course;
        this.stops = stops;
        this.real = real;
        this.words = words;
        this.then = then;
    }

    void simulate(Supplier<Future<T>> work) {
        client.stops = this::stops;
        simulated = work.get();
        client.world.settle();
    }

    private boolean stops(Statement<?> which) {
        statement = which;
        if (stoppedAt > 0) {
            stoppedAt = 0;
            return false;
        }
        int at = asked++;
        if (!stops.contains(at)) {
            return false;
        }
        stoppedAt = at;
        return true;
    }

    void start(RealPostgres postgres) {
        if (course.within > 0 && stops.contains(course.within)) {
            paused = true;
            postgres.pause(session);
        }
        session.start(what.substring(0, (what + " ").indexOf(' ')), course, stops, real);
    }

    Place place() {
        return simulated.isComplete() ? Place.DONE : stoppedAt > 0 ? Place.STOPPED : Place.WAITING;
    }

    int stoppedAt() {
        return stoppedAt;
    }

    boolean stoppedWithin() {
        return stoppedAt > 0 && stoppedAt == course.within;
    }

    Statement<?> statement() {
        return statement;
    }

    void goOnSimulated() {
        client.world.ready(statement);
        client.world.settle();
    }

    void goOnReal(RealPostgres postgres, boolean within) {
        if (within) {
            unpause(postgres);
        } else {
            session.goOn();
        }
    }

    /** False if this is already known. */
    boolean pauseSeen() {
        boolean first = !pauseSeen;
        pauseSeen = true;
        return first;
    }

    boolean givenUp() {
        return givenUp;
    }

    void unpause(RealPostgres postgres) {
        if (paused) {
            paused = false;
            postgres.unpause(session);
        }
    }

    void giveUpSimulated() {
        stoppedAt = 0;
        givenUp = true;
        statement.cut(false, 0);
        client.world.settle();
    }

    void compare() {
        var ours = answer(simulated.succeeded() ? simulated.result() : null, simulated.cause());
        @SuppressWarnings("unchecked")
        var theirs = answer((T) session.answer(), session.failure());
        if (!Objects.equals(ours, theirs)) {
            throw new Difference(Difference.Kind.ANSWER, this + " is answered " + theirs + ", must be " + ours);
        }
    }

    /** Handles its result; null if nothing depends on it. */
    void then() {
        if (then != null) {
            then.accept(simulated.succeeded() ? simulated.result() : null);
        }
    }

    private Object answer(T value, Throwable failure) {
        if (failure == null) {
            return value == null ? "done" : words.apply(value);
        }
        return failure instanceof GatedSession.Broken || failure instanceof Operation.ConnectionLost
                ? "given up"
                : failure instanceof Rewind.RefusedException || failure instanceof SentBack.Refused
                        ? "refused"
                        : failure instanceof UnusableLogException ? "unusable" : failure.toString();
    }

    @Override
    public String toString() {
        return session.name + " " + what;
    }
}
