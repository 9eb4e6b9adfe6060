package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;
import rocketrides.config.Settings.Delivery;
import rocketrides.log.Entry;
import rocketrides.log.LogRecord;
import rocketrides.log.LogStream.Top;

/** A Redis server with one key: the stream of one partition, which may lose anything. */
final class SimulatedRedis {

    /** An entry; {@code entry} is null if it has another format. */
    record Item(long millis, long sequence, Entry entry) {
        boolean after(long otherMillis, long otherSequence) {
            int order = Long.compareUnsigned(millis, otherMillis);
            return order > 0 || order == 0 && Long.compareUnsigned(sequence, otherSequence) > 0;
        }

        /** The entry as Redis returns it: without the data of a large record. */
        Entry shown() {
            if (entry == null
                    || !RideNumbers.large(Long.parseLong(entry.record().data()))) {
                return entry;
            }
            var record = entry.record();
            return new Entry(
                    entry.id(),
                    entry.segment(),
                    new LogRecord(record.offset(), record.action(), record.object(), null));
        }

        String id() {
            return entry != null ? entry.id() : SimulatedRedis.id(millis, sequence);
        }
    }

    final World world;
    final int partition;
    final Delivery delivery;
    final Mutant mutant;
    final List<Operation<?>> inFlight = new ArrayList<>();
    final List<Runnable> blocked = new ArrayList<>();
    final List<Item> items = new ArrayList<>();
    private final int maxLength;
    private boolean exists;
    private long lastMillis;
    private long lastSequence;
    private long clockOff;

    /** How many more XADD succeed before some are refused, and how many are refused. */
    int passing;

    int refusing;
    private int refused;

    SimulatedRedis(World world, int partition, Delivery delivery, Mutant mutant, int maxLength) {
        this.world = world;
        this.partition = partition;
        this.delivery = delivery;
        this.mutant = mutant;
        this.maxLength = maxLength;
    }

    static String id(long millis, long sequence) {
        return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(sequence);
    }

    boolean is(Mutant which) {
        return mutant == which;
    }

    boolean exists() {
        return exists;
    }

    String lastId() {
        return id(lastMillis, lastSequence);
    }

    Item top() {
        return items.isEmpty() ? null : items.get(items.size() - 1);
    }

    Top topEntry() {
        var top = top();
        return top == null ? null : new Top(top.id(), java.util.Optional.ofNullable(top.shown()));
    }

    /** Whether this command is refused (out of memory, read-only, loading) while the next one may succeed. */
    boolean refuses() {
        if (refusing == 0 || passing-- > 0) {
            return false;
        }
        passing = 0;
        refusing--;
        refused++;
        return true;
    }

    int refused() {
        return refused;
    }

    /** XADD with an ID; false if the ID is equal to or smaller than the top item. */
    boolean add(long millis, long sequence, Entry entry) {
        if (!new Item(millis, sequence, entry).after(lastMillis, lastSequence)) {
            return false;
        }
        exists = true;
        lastMillis = millis;
        lastSequence = sequence;
        items.add(new Item(millis, sequence, entry));
        if (items.size() > maxLength && world.dice.oneIn(4)) {
            trim(items.size() - maxLength);
        }
        blocked.forEach(world::ready);
        blocked.clear();
        return true;
    }

    /** The ID that XADD * would assign. */
    long nextMillis() {
        return Long.compareUnsigned(clockMillis(), lastMillis) > 0 ? clockMillis() : lastMillis;
    }

    long nextSequence() {
        return Long.compareUnsigned(clockMillis(), lastMillis) > 0 ? 0 : lastSequence + 1;
    }

    /** Starts after the first quarter of an hour of 1970, in which an ID could look like an offset. */
    private long clockMillis() {
        return Math.max(1_000_000, world.nanos() / 1_000_000 + 1_000_000 + clockOff);
    }

    void leap(long millis) {
        clockOff += millis;
    }

    /** FLUSHALL, DEL, eviction. Blocked reads keep waiting. */
    void forget() {
        items.clear();
        exists = false;
        lastMillis = 0;
        lastSequence = 0;
    }

    void trim(int count) {
        items.subList(0, Math.min(count, items.size())).clear();
    }

    /** XDEL in the middle or at the end: the last ID stays. */
    void remove(int index) {
        items.remove(index);
    }

    /** Restarts from the data on disk: without the newest entries, and without connections. */
    void restart(int lost) {
        List.copyOf(inFlight).forEach(Operation::serverDied);
        blocked.clear();
        var kept = items.subList(0, Math.max(0, items.size() - lost));
        if (kept.size() < items.size()) {
            items.subList(kept.size(), items.size()).clear();
            var top = top();
            lastMillis = top == null ? 0 : top.millis();
            lastSequence = top == null ? 0 : top.sequence();
            exists = top != null;
        }
    }

    /** A part of an ID: the number before the dash, or after it. */
    static long part(String id, boolean millis) {
        int dash = id.indexOf('-');
        return Long.parseUnsignedLong(millis ? id.substring(0, dash) : id.substring(dash + 1));
    }
}
