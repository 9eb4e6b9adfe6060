package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * One SQL statement in its own transaction, READ COMMITTED. It takes a snapshot, works under locks, and commits.
 * Anything may happen between these steps. A statement that only reads does so in its snapshot.
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

    /** False if it must wait for a lock on its table, which it gets before its snapshot. */
    boolean admitted() {
        return true;
    }

    /** Reads the committed rows, as far as they matter. A statement that only reads completes here. */
    abstract void snapshot();

    /** False if it must wait for a lock; true, with a result if there is nothing to commit. */
    boolean work() {
        return true;
    }

    /**
     * An earlier statement takes the lock, so this one sees a newer state. False if it must wait, and once more between
     * the two.
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

    /** Whether its commit waits until it and all earlier commits are on disk. */
    boolean flushes() {
        return true;
    }

    /** Called in any case, before the locks are released. */
    void ended() {}

    /** It waits for a lock. Its work begins again when it is the first in the queue. */
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
                    if (!admitted()) {
                        return;
                    }
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
                        db.tables.flush();
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
