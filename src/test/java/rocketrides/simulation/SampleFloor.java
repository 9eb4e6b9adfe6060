package rocketrides.simulation;

import java.util.Set;
import rocketrides.log.StagedRecords.FloorSample;

/** Reads the highest assigned id, and then, in a second statement, the writers. */
final class SampleFloor extends Statement<FloorSample> {
    private long highest;
    private Set<String> writers;

    SampleFloor(Client client, SimulatedPostgres db) {
        super(client, db);
    }

    @Override
    void snapshot() {
        if (db.is(Mutant.FLOOR_WRITERS_FIRST)) {
            writers = db.writers();
        } else {
            highest = db.tables.nextId - 1;
        }
    }

    @Override
    boolean work() {
        if (db.is(Mutant.FLOOR_WRITERS_FIRST)) {
            highest = db.tables.nextId - 1;
        } else {
            writers = db.writers();
        }
        answer(new FloorSample(highest, writers));
        return true;
    }
}
