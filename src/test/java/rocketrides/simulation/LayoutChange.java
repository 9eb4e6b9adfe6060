package rocketrides.simulation;

/**
 * Changes the number of partitions: takes the registration lock, then a lock on the staged records. The second one waits
 * for everybody who stages or seals, and whoever begins to do so waits for it. Then the open partitions are closed, and
 * others created.
 */
final class LayoutChange extends Statement<Void> {
    static final long LOOK_AGAIN_NANOS = 1_000_000;

    private final int number;

    LayoutChange(Client client, SimulatedPostgres db, int number) {
        super(client, db);
        this.number = number;
    }

    @Override
    void snapshot() {}

    @Override
    boolean work() {
        if (!db.registration.take(this)) {
            return false;
        }
        if (db.is(Mutant.LAYOUT_UNLOCKED)) {
            return true;
        }
        if (!db.staging.take(this)) {
            return false;
        }
        if (db.anyWriter()) {
            world.after(LOOK_AGAIN_NANOS, this);
            return false;
        }
        return true;
    }

    @Override
    void commit() {
        db.tables.layOut(number);
        committed(null);
    }

    @Override
    public String toString() {
        return "Lay out " + number + " partitions";
    }
}
