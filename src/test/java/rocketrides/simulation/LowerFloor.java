package rocketrides.simulation;

import java.util.List;

/** Lowers a floor if the sequence or a staged record is below it. */
final class LowerFloor extends Statement<Boolean> {
    private final List<PartitionRows> low;

    LowerFloor(Client client, SimulatedPostgres db, List<PartitionRows> partitions) {
        super(client, db);
        this.low = partitions;
    }

    @Override
    void snapshot() {
        var tables = db.tables;
        low.removeIf(partition -> partition.floor < tables.nextId
                && tables.staged.stream()
                        .noneMatch(row ->
                                row.partition == partition.number && row.id <= partition.floor && row.visible(db.csn)));
    }

    @Override
    boolean work() {
        low.removeIf(partition -> partition.floor == 0);
        if (low.isEmpty() || db.is(Mutant.FLOOR_NEVER_LOWERED)) {
            answer(false);
            return true;
        }
        for (var partition : low) {
            if (!partition.head.take(this)) {
                return false;
            }
        }
        return true;
    }

    @Override
    void commit() {
        low.forEach(partition -> partition.floor = 0);
        committed(true);
    }
}
