package rocketrides.simulation;

import java.util.ArrayList;
import rocketrides.log.Entry;
import rocketrides.log.LogStream.Read;

/** XREAD BLOCK: returns the entries after the ID. Without any, it waits for an entry or the timeout. */
final class BlockingRead extends Operation<Read> {
    private final SimulatedRedis redis;
    private final String afterId;
    private final int count;
    private final long deadline;
    private boolean waits;

    BlockingRead(Client client, SimulatedRedis redis, String afterId, int count, long blockNanos) {
        super(client, redis.inFlight);
        this.redis = redis;
        this.afterId = afterId;
        this.count = count;
        this.deadline = world.nanos() + blockNanos;
    }

    @Override
    void step() {
        int from = firstAfter();
        if (from < redis.items.size()) {
            answer(take(from));
        } else if (world.nanos() >= deadline && !redis.is(Mutant.NO_IDLE_CHECK)) {
            redis.blocked.remove(this);
            answer(new Read(java.util.List.of(), afterId, 0));
        } else {
            if (!redis.blocked.contains(this)) {
                redis.blocked.add(this);
            }
            if (!waits) {
                waits = true;
                world.after(deadline - world.nanos(), () -> {
                    redis.blocked.remove(this);
                    run();
                });
            }
        }
    }

    private int firstAfter() {
        long millis = SimulatedRedis.part(afterId, true);
        long sequence = SimulatedRedis.part(afterId, false);
        int from = redis.items.size();
        while (from > 0 && redis.items.get(from - 1).after(millis, sequence)) {
            from--;
        }
        return from;
    }

    private Read take(int from) {
        int to = Math.min(from + count, redis.items.size());
        var entries = new ArrayList<Entry>(to - from);
        for (int i = from; i < to; i++) {
            var entry = redis.items.get(i).shown();
            if (entry != null) {
                entries.add(entry);
            }
        }
        if (world.traced()) {
            world.say(client.name + "  XREAD after " + afterId + ": "
                    + entries.stream().map(Entry::offset).toList());
        }
        return new Read(entries, redis.items.get(to - 1).id(), to - from - entries.size());
    }

    @Override
    void abort() {
        redis.blocked.remove(this);
    }
}
