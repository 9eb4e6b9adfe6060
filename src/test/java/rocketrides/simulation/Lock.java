package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;

/** A row lock or an advisory lock. Whoever waits tries again, in any order, when it is released. */
final class Lock {
    private Statement<?> holder;
    private final List<Statement<?>> waiting = new ArrayList<>(2);

    /** SKIP LOCKED: takes it or leaves it. */
    boolean tryTake(Statement<?> statement) {
        if (holder == null) {
            holder = statement;
            statement.holds(this);
        }
        return holder == statement;
    }

    /** Takes it, or waits: then the statement's step runs again after the release. */
    boolean take(Statement<?> statement) {
        if (tryTake(statement)) {
            return true;
        }
        statement.waits();
        waiting.add(statement);
        return false;
    }

    /** Waits as long as somebody else holds it, but does not take it. */
    boolean passes(Statement<?> statement) {
        if (holder == null || holder == statement) {
            return true;
        }
        statement.waits();
        waiting.add(statement);
        return false;
    }

    /** Those who wait, in their order. */
    List<Statement<?>> waiting() {
        waiting.removeIf(Statement::done);
        return waiting;
    }

    /** Who waits behind another who waits; null if nobody does. */
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
