package rocketrides.simulation;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import rocketrides.log.Segment;
import rocketrides.simulation.Difference.Kind;
import rocketrides.simulation.RealPostgres.Wait;
import rocketrides.simulation.Twin.Place;

/**
 * Runs the same operations on a real Postgres and on the simulated one. The simulated operation goes first: where it
 * stops, waits or completes, the real one must do the same.
 */
final class Duet {
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final long LOOK_AGAIN_MILLIS = 10;
    private static final long STUCK_NANOS = 1_000_000_000L;

    final RealPostgres real;
    final World world = new World(1, 1_000, false);
    final SimulatedPostgres simulated = new SimulatedPostgres(world, Mutant.NONE, 1);
    final Map<GatedSession, Client> clients = new HashMap<>();
    final List<Twin<?>> underWay = new ArrayList<>();
    final List<String> story = new ArrayList<>();
    private long tags;

    Duet(RealPostgres real) {
        this.real = real;
        simulated.tags = () -> new UUID(0, ++tags);
        real.sessions.forEach(session -> clients.put(session, new Client(world, session.name)));
    }

    boolean free(GatedSession session) {
        return underWay.stream().noneMatch(twin -> twin.session == session);
    }

    Client client(GatedSession session) {
        return clients.get(session);
    }

    /**
     * Does nothing if it would be the second to wait for a row, because Postgres does not specify the order of waiters.
     *
     * @param dice chooses where it stops; null: nowhere
     */
    <T> void start(
            String what,
            GatedSession session,
            Course course,
            Dice dice,
            Supplier<Future<T>> theirs,
            Supplier<Future<T>> ours,
            Function<T, Object> words,
            Consumer<T> then) {
        var stops = new HashSet<Integer>();
        for (int at : new int[] {course.before, course.within, course.after, course.commit}) {
            if (at > 0 && dice != null && dice.oneIn(3)) {
                stops.add(at);
            }
        }
        var twin = new Twin<T>(what, session, client(session), course, Set.copyOf(stops), theirs, words, then);
        twin.simulate(ours);
        if (second() != null && second() == twin.statement()) {
            twin.giveUpSimulated();
            twin.then();
            return;
        }
        makeRoom();
        tell(twin + (stops.isEmpty() ? "" : " stops at " + stops));
        underWay.add(twin);
        twin.start(real);
        settle();
    }

    void goOn(Twin<?> twin) {
        if (twin.stoppedWithin() && twin.statement() instanceof Seal seal && seal.floorHasMoved()) {
            giveUp(twin);
            return;
        }
        tell(twin + " goes on");
        boolean within = twin.stoppedWithin();
        twin.goOnSimulated();
        if (second() != null && second() == twin.statement()) {
            giveUp(twin, within);
            return;
        }
        makeRoom();
        twin.goOnReal(real, within);
        settle();
    }

    /**
     * The statement that is the second to wait for a row, or will be after a rewind releases it; null if there is none.
     */
    private Statement<?> second() {
        var rows = simulated.tables.checkpoints;
        var partition = simulated.tables.partition(0);
        return Stream.of(
                        Stream.of(partition.head, partition.cursor).map(Lock::second),
                        rows.stream().map(row -> row.lock.second()),
                        rows.stream()
                                .filter(row -> !row.lock.waiting().isEmpty())
                                .flatMap(row -> simulated.registration.waiting().stream()
                                        .filter(other -> looksAt(row, other))))
                .flatMap(statements -> statements)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** Retention reads every row. */
    private static boolean looksAt(Tables.Checkpoint row, Statement<?> other) {
        return other instanceof Retain || other instanceof Register register && register.is(row.name);
    }

    /**
     * Gives up statements that have become the second to wait because another one was released. The real one still
     * waits elsewhere.
     */
    private void makeRoom() {
        for (var second = second(); second != null; second = second()) {
            var statement = second;
            var twin = underWay.stream()
                    .filter(other -> other.statement() == statement)
                    .findFirst()
                    .orElseThrow();
            tell(twin + " is given up, is the second");
            twin.giveUpSimulated();
            twin.session.giveUp();
            real.cancel(twin.session);
            while (twin.session.busy()) {
                awaitNews();
            }
        }
    }

    private void awaitNews() {
        synchronized (real.monitor) {
            try {
                real.monitor.wait(LOOK_AGAIN_MILLIS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    void giveUp(Twin<?> twin) {
        giveUp(twin, twin.stoppedWithin() || twin.place() == Place.WAITING);
    }

    /**
     * @param inServer whether a statement of the real one is running; a late cancel request would hit another
     *     statement
     */
    private void giveUp(Twin<?> twin, boolean inServer) {
        tell(twin + " is given up");
        twin.giveUpSimulated();
        makeRoom();
        twin.session.giveUp();
        if (inServer) {
            real.cancel(twin.session);
        }
        settle();
    }

    void tell(String what) {
        story.add(what);
    }

    /**
     * Waits until the real operations have reached the state of the simulated ones. Compares and removes those that are
     * done.
     */
    private void settle() {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        do {
            underWay.stream()
                    .filter(twin -> twin.place() == Place.DONE && !twin.givenUp())
                    .forEach(twin -> twin.unpause(real));
            awaitAnswers(deadline);
            for (var twin : underWay) {
                if (twin.place() == Place.WAITING && !confirmed(twin, Wait.LOCKED, deadline)) {
                    throw new Difference(Kind.DOES_NOT_WAIT, twin + " does not wait: " + answer(twin));
                }
            }
        } while (passedPauses(deadline));
        for (var twin : List.copyOf(underWay)) {
            if (twin.place() == Place.DONE) {
                underWay.remove(twin);
                twin.unpause(real);
                twin.session.idle();
                tell("  " + twin + ": " + answer(twin));
                twin.compare();
                twin.then();
            }
        }
    }

    private void awaitAnswers(long deadline) {
        long allWaitSince = Long.MAX_VALUE;
        for (var open = open(); !open.isEmpty(); open = open()) {
            long now = System.nanoTime();
            if (now > deadline) {
                throw new Difference(Kind.WAITS, open.get(0) + " gets no answer");
            }
            if (!awaitChange()) {
                boolean allWait = waitingFor(open, Wait.LOCKED).size() == open.size();
                if (allWait && now - allWaitSince > STUCK_NANOS) {
                    throw new Difference(Kind.WAITS, open.get(0) + " waits, must not");
                }
                allWaitSince = allWait ? Math.min(now, allWaitSince) : Long.MAX_VALUE;
            }
        }
    }

    /** A statement may not reach its stop, because what it reads first is empty. Then nothing happened in between. */
    private boolean passedPauses(long deadline) {
        boolean passed = false;
        for (var twin : List.copyOf(underWay)) {
            if (twin.stoppedWithin() && !confirmed(twin, Wait.PAUSED, deadline)) {
                if (!twin.pauseSeen()) {
                    throw new Difference(Kind.DOES_NOT_WAIT, twin + " does not stop within: " + answer(twin));
                }
                twin.unpause(real);
                twin.goOnSimulated();
                passed = true;
            } else if (twin.stoppedWithin()) {
                twin.pauseSeen();
            }
        }
        return passed;
    }

    private static String answer(Twin<?> twin) {
        return twin.session.failure() == null
                ? AnswerText.of(twin.session.answer())
                : twin.session.failure().getMessage();
    }

    /** False if nothing has happened for a while. */
    private boolean awaitChange() {
        synchronized (real.monitor) {
            if (!open().isEmpty()) {
                awaitNews();
                return open().isEmpty();
            }
            return true;
        }
    }

    /** The operations whose outcome is still unknown. */
    private List<Twin<?>> open() {
        var open = new ArrayList<Twin<?>>();
        for (var twin : underWay) {
            var state = twin.session.state();
            switch (twin.place()) {
                case DONE -> {
                    if (state == GatedSession.State.STOPPED) {
                        twin.session.goOn(); // there was nothing to commit
                    }
                    if (state != GatedSession.State.DONE) {
                        open.add(twin);
                    }
                }
                case STOPPED -> {
                    if (twin.stoppedWithin()) {
                        continue; // seen in the server's view
                    }
                    if (state == GatedSession.State.DONE
                            || state == GatedSession.State.STOPPED && twin.session.stoppedAt() != twin.stoppedAt()) {
                        throw new Difference(
                                Kind.DOES_NOT_WAIT,
                                twin + " does not stop at " + twin.stoppedAt() + ": " + answer(twin));
                    }
                    if (state == GatedSession.State.RUNNING) {
                        open.add(twin);
                    }
                }
                case WAITING -> {}
            }
        }
        return open;
    }

    private List<Twin<?>> waitingFor(List<Twin<?>> twins, Wait what) {
        var waits = real.waits(twins.stream().map(twin -> twin.session).toList());
        var those = new ArrayList<Twin<?>>();
        for (int i = 0; i < twins.size(); i++) {
            if (waits.get(i) == what) {
                those.add(twins.get(i));
            }
        }
        return those;
    }

    /** False if it has completed instead. */
    private boolean confirmed(Twin<?> twin, Wait what, long deadline) {
        long otherwiseSince = Long.MAX_VALUE;
        while (true) {
            long now = System.nanoTime();
            var wait = real.waits(List.of(twin.session)).get(0);
            if (wait == what) {
                return true;
            }
            if (twin.session.state() != GatedSession.State.RUNNING) {
                return false;
            }
            otherwiseSince = wait == Wait.NONE ? Long.MAX_VALUE : Math.min(now, otherwiseSince);
            if (now - otherwiseSince > STUCK_NANOS || now > deadline) {
                throw new Difference(
                        wait == Wait.LOCKED ? Kind.WAITS : Kind.DOES_NOT_WAIT,
                        twin + ": " + wait + ", must be " + what);
            }
        }
    }

    /** Lets all stopped operations continue, until none is in progress. */
    void rest() {
        while (!underWay.isEmpty()) {
            goOn(underWay.stream()
                    .filter(twin -> twin.place() == Place.STOPPED)
                    .findFirst()
                    .orElseThrow(() -> new Difference(Kind.WAITS, "everybody waits: " + underWay)));
        }
    }

    void compareContents() {
        var theirs = real.contents();
        var ours = contents();
        if (!theirs.equals(ours)) {
            throw new Difference(Kind.CONTENTS, "the tables hold\n" + theirs + "\nmust hold\n" + ours);
        }
    }

    private String contents() {
        var tables = simulated.tables;
        var partition = tables.partition(0);
        var lines = new ArrayList<String>();
        lines.add("head " + partition.nextOffset + ", floor " + partition.floor);
        lines.add("cursor " + partition.published);
        tables.staged.stream()
                .filter(Tables.Staged::live)
                .forEach(row -> lines.add("staged " + row.id + ": " + row.ride));
        partition.segments.forEach(stored -> lines.add(line(stored.segment)));
        var checkpoints = new ArrayList<>(tables.checkpoints);
        checkpoints.sort(java.util.Comparator.comparing(row -> row.name));
        checkpoints.forEach(row -> lines.add(row.name + " at " + row.offset + " " + row.redisId + ", total " + row.total
                + ", rejected " + row.rejected + ", rewinds " + row.rewinds));
        checkpoints.forEach(row -> {
            for (long offset = row.base + 1; offset <= row.offset; offset++) {
                long ride = partition.log.ride(offset);
                if (!RideNumbers.readable(ride)) {
                    lines.add("rejected by " + row.name + ": " + offset + " " + ride);
                }
            }
        });
        if (real.others) {
            lines.add(RealPostgres.ELSEWHERE_UNTOUCHED);
        }
        return String.join("\n", lines);
    }

    private static String line(Segment segment) {
        return "segment " + segment.firstOffset() + "-" + segment.lastOffset() + " " + segment.tag() + ": "
                + segment.lines().replace('\n', ' ');
    }
}
