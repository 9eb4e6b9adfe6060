package rocketrides.simulation;

import java.util.NoSuchElementException;
import java.util.function.Supplier;

/** A statement that only reads, in one snapshot. */
final class Query<T> extends Statement<T> {
    private final String what;
    private final Supplier<T> rows;

    Query(Client client, SimulatedPostgres db, String what, Supplier<T> rows) {
        super(client, db);
        this.what = what;
        this.rows = rows;
    }

    @Override
    void snapshot() {
        try {
            var answer = rows.get();
            if (world.traced()) {
                world.say(client.name + "  " + what + ": " + AnswerText.of(answer));
            }
            answer(answer);
        } catch (rocketrides.log.UnusableLogException | NoSuchElementException e) {
            fail(e);
        }
    }

    @Override
    public String toString() {
        return what;
    }
}
