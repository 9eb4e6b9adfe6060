package rocketrides.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import rocketrides.config.Settings.Delivery;

/**
 * A whole schedule, expanded from one seed: the configuration of the system, and its faults with their times.
 *
 * @param order seeds the interleaving; another value gives another history of the same schedule
 * @param steps for how many steps faults are injected
 */
record Plan(
        long seed,
        long order,
        Delivery delivery,
        int partitions,
        int streamers,
        int consumers,
        int sealBatch,
        int readBatch,
        int maxLength,
        int nanosPerStep,
        long pollMillis,
        long idleMillis,
        long retentionMillis,
        long retentionAgeMillis,
        long floorMillis,
        int steps,
        List<Item> items) {

    /** @param choice seeds the choices of the fault */
    record Item(int step, Fault fault, long choice) {}

    private static final int SHORTEST = 150;
    private static final Fault[] FAULTS = Fault.values();

    static Plan of(long seed) {
        var dice = new Dice(Dice.mix(seed));
        int steps = SHORTEST + dice.below(600);
        long poll = 1L << dice.below(6);
        int nanosPerStep = 2 * (dice.oneIn(3) ? 20_000 : dice.oneIn(2) ? 500_000 : 3_000_000);
        return new Plan(
                seed,
                dice.next(),
                dice.oneIn(2) ? Delivery.AT_LEAST_ONCE : Delivery.IDEMPOTENT,
                dice.oneIn(2) ? 1 : dice.between(2, 3),
                dice.between(1, 3),
                dice.between(1, 2),
                dice.between(1, 6),
                dice.between(1, 8),
                dice.oneIn(3) ? dice.between(2, 20) : 1_000,
                nanosPerStep,
                poll,
                poll * dice.between(1, 8),
                poll * dice.between(1, 16),
                dice.oneIn(2) ? 0 : dice.below(300),
                poll * dice.between(1, 16) + nanosPerStep / 50_000,
                steps,
                items(dice, steps));
    }

    /** A schedule has only some kinds of faults, because combinations of two kinds matter most. */
    private static List<Item> items(Dice dice, int steps) {
        var kinds = new ArrayList<Fault>();
        int keep = dice.between(1, 3);
        for (var fault : FAULTS) {
            boolean rare = fault == Fault.LAYOUT_CHANGES; // it makes a history longer
            if (fault != Fault.RIDES && dice.below(rare ? 8 : 4) < keep) {
                kinds.add(fault);
            }
        }
        var items = new ArrayList<Item>();
        for (int rides = dice.between(4, 16); rides > 0; rides--) {
            items.add(new Item(dice.below(steps), Fault.RIDES, dice.next()));
        }
        if (kinds.contains(Fault.RESTORE)) {
            items.add(new Item(dice.below(steps / 2), Fault.BACKUP, dice.next()));
        }
        int faults = dice.between(12, 60);
        for (int i = 0; i < faults && !kinds.isEmpty(); i++) {
            items.add(new Item(dice.below(steps), kinds.get(dice.below(kinds.size())), dice.next()));
        }
        items.sort(Comparator.comparingInt(Item::step));
        return items;
    }

    Plan with(List<Item> fewer) {
        return with(order, fewer);
    }

    Plan with(long otherOrder, List<Item> fewer) {
        return new Plan(
                seed,
                otherOrder,
                delivery,
                partitions,
                streamers,
                consumers,
                sealBatch,
                readBatch,
                maxLength,
                nanosPerStep,
                pollMillis,
                idleMillis,
                retentionMillis,
                retentionAgeMillis,
                floorMillis,
                steps,
                fewer);
    }
}
