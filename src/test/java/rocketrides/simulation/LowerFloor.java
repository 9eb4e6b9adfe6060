package rocketrides.simulation;

/** Lowers the floor if the sequence or a staged record is below it. */
final class LowerFloor extends Statement<Boolean> {
    private boolean below;

    LowerFloor(Client client, SimulatedPostgres db) {
        super(client, db);
    }

    @Override
    void snapshot() {
        var tables = db.tables;
        below = tables.floor >= tables.nextId
                || tables.staged.stream().anyMatch(row -> row.id <= tables.floor && row.visible(db.csn));
    }

    @Override
    boolean work() {
        if (!below || db.tables.floor == 0 || db.is(Mutant.FLOOR_NEVER_LOWERED)) {
            answer(false);
            return true;
        }
        return db.head.take(this);
    }

    @Override
    void commit() {
        db.tables.floor = 0;
        committed(true);
    }
}
