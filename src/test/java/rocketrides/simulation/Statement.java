package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * One SQL statement in its own transaction, READ COMMITTED: it takes a snapshot, does its work under locks, commits.
 * Anything may happen between these. A statement that only reads does it all in its snapshot.
 */
abstract class Statement<T> extends Operation<T> {
    private enum Phase {
        SNAPSHOT,
        WORK,
        COMMIT
    }

    final SimulatedPostgres db;
    private final List<Lock> locks = new ArrayList<>(1);
    private Phase phase = Phase.SNAPSHOT;
    private boolean waiting;
    private boolean locked;

    Statement(Client client, SimulatedPostgres db) {
        super(client, db.inFlight);
        this.db = db;
    }

    /** Looks at the committed rows, as far as that decides anything. One that only reads answers here. */
    abstract void snapshot();

    /** False if it has to wait for a lock; true with an answer if there is nothing to commit. */
    boolean work() {
        return true;
    }

    /**
     * The lock is taken by a statement before this one, so what this one sees is newer. False if it has to wait, and once
     * more between the two.
     */
    final boolean takesBefore(Lock lock) {
        if (!lock.take(this)) {
            return false;
        }
        if (!locked) {
            locked = true;
            world.ready(this);
            return false;
        }
        return true;
    }

    void commit() {}

    /** Whether its commit waits until it, and every commit before it, is on disk. */
    boolean flushes() {
        return true;
    }

    /** In any case, before the locks are released. */
    void ended() {}

    /** It stands in line for a lock; its work begins again when it has come to the front. */
    final void waits() {
        waiting = true;
    }

    final boolean waiting() {
        return waiting;
    }

    final void holds(Lock lock) {
        locks.add(lock);
    }

    @Override
    final void step() {
        do {
            if (!waiting && client.stops.test(this)) {
                return;
            }
            waiting = false;
            switch (phase) {
                case SNAPSHOT -> {
                    snapshot();
                    if (world.traced() && !(this instanceof Query)) {
                        world.say(client.name + "  " + this + ": snapshot");
                    }
                    phase = Phase.WORK;
                }
                case WORK -> {
                    if (!work()) {
                        return;
                    }
                    phase = Phase.COMMIT;
                }
                case COMMIT -> {
                    db.csn++;
                    commit();
                    if (flushes()) {
                        db.tables.publishedOnDisk = db.tables.published;
                    }
                    world.happened(db.csn);
                }
            }
        } while (!done() && world.dice.oneIn(2));
        if (done()) {
            release();
        } else {
            world.ready(this);
        }
    }

    final void committed(T answer) {
        if (world.traced()) {
            world.say(client.name + "  " + this + ": committed" + (lost() ? ", nobody will know: " : ": ")
                    + AnswerText.of(answer));
        }
        answer(answer);
    }

    @Override
    final void abort() {
        if (phase != Phase.SNAPSHOT && world.traced()) {
            world.say(client.name + "  " + this + ": rolled back");
        }
        release();
    }

    private void release() {
        ended();
        locks.forEach(Lock::release);
        locks.clear();
    }

    @Override
    public String toString() {
        return getClass().getSimpleName();
    }
}
