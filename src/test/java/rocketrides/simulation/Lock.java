package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;

/** A row lock or an advisory lock. After its release, the waiting statements try again, in any order. */
final class Lock {
    private Statement<?> holder;
    private final List<Statement<?>> waiting = new ArrayList<>(2);

    /** SKIP LOCKED: takes the lock if it is free. */
    boolean tryTake(Statement<?> statement) {
        if (holder == null) {
            holder = statement;
            statement.holds(this);
        }
        return holder == statement;
    }

    /** Takes the lock, or waits. After the release, the statement's step runs again. */
    boolean take(Statement<?> statement) {
        if (tryTake(statement)) {
            return true;
        }
        statement.waits();
        waiting.add(statement);
        return false;
    }

    /** Waits while another statement holds the lock, but does not take it. */
    boolean passes(Statement<?> statement) {
        if (holder == null || holder == statement) {
            return true;
        }
        statement.waits();
        waiting.add(statement);
        return false;
    }

    boolean free() {
        return holder == null;
    }

    /** The waiting statements, in order. */
    List<Statement<?>> waiting() {
        waiting.removeIf(Statement::done);
        return waiting;
    }

    /** The second waiting statement; null if there is none. */
    Statement<?> second() {
        return waiting().size() > 1 ? waiting().get(1) : null;
    }

    void release() {
        holder = null;
        for (var statement : waiting) {
            statement.world.ready(statement);
        }
        waiting.clear();
    }
}
