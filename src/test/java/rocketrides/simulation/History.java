package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import rocketrides.consumer.Instance;
import rocketrides.log.UnusableLogException;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Faults.SimulatedFailure;
import rocketrides.simulation.Invariant.Violation;

/** Runs one schedule: first with faults, then without, until all consumers have caught up. */
final class History {
    private static final int PATIENCE = 60_000;
    private static final int MOST_STREAMERS = 3;
    private static final int MOST_TWINS = 2;

    /** @param violation null if no invariant was violated */
    record Outcome(long hash, int steps, int[] faults, Violation violation, List<String> trace) {}

    final Plan plan;
    final World world;
    final SimulatedPostgres postgres;
    /** One for each partition. */
    final List<SimulatedRedis> streams = new ArrayList<>();

    final List<StreamerProcess> streamers = new ArrayList<>();
    final List<ConsumerProcess> consumers = new ArrayList<>();
    private final int[] counts = new int[Fault.values().length];
    private final Injector injector = new Injector(this);
    private int clients;

    /** Found in a callback, which would swallow the exception. */
    private Violation stop;

    private int names;

    History(Plan plan, Mutant mutant, boolean traced) {
        this.plan = plan;
        world = new World(plan.order(), plan.nanosPerStep(), traced);
        postgres = new SimulatedPostgres(world, mutant, plan.partitions());
        postgres.tables.partitions.forEach(partition -> addStream());
    }

    Outcome run() {
        Violation violation = null;
        try {
            for (int i = 0; i < plan.streamers(); i++) {
                int member = i;
                startStreamer(partition -> plan.partitions() == 1 || partition % plan.streamers() == member);
            }
            for (int i = 0; i < plan.consumers(); i++) {
                startConsumer(newName());
            }
            withFaults();
            withoutFaults();
        } catch (Violation found) {
            violation = found;
        }
        counts[Fault.XADD_REFUSED.ordinal()] =
                streams.stream().mapToInt(SimulatedRedis::refused).sum();
        return new Outcome(world.hash(), world.steps(), counts, violation, world.trace());
    }

    private void withFaults() {
        int next = 0;
        var items = plan.items();
        while (world.steps() < plan.steps()) {
            while (next < items.size() && items.get(next).step() <= world.steps()) {
                inject(items.get(next++));
            }
            step();
        }
        while (next < items.size()) {
            inject(items.get(next++));
        }
    }

    private boolean step() {
        boolean more = world.step();
        if (stop != null) {
            throw stop;
        }
        while (postgres.tables.exists(streams.size())) {
            adopt();
        }
        return more;
    }

    private void addStream() {
        streams.add(new SimulatedRedis(world, streams.size(), plan.delivery(), postgres.mutant, plan.maxLength()));
    }

    /** Processes notice a new partition, sooner or later. */
    private void adopt() {
        int partition = streams.size();
        addStream();
        world.after(backOff(), () -> give(partition));
        for (int i = 0; i < names; i++) {
            var name = "consumer" + i;
            world.after(backOff(), () -> startConsumer(instance(name, partition)));
        }
    }

    private void give(int partition) {
        if (streamers.isEmpty()) {
            world.after(backOff(), () -> give(partition));
        } else {
            streamers.get(world.dice.below(streamers.size())).own(partition);
        }
    }

    private void inject(Plan.Item item) {
        if (injector.inject(item)) {
            counts[item.fault().ordinal()]++;
            world.happened(item.fault().ordinal());
        }
    }

    private void withoutFaults() {
        if (world.traced()) {
            world.say("-- no more faults");
        }
        streams.forEach(redis -> redis.refusing = 0);
        streamers.forEach(streamer -> streamer.client.thaw());
        consumers.forEach(consumer -> consumer.client.thaw());
        int deadline = world.steps() + PATIENCE;
        while (!level()) {
            if (world.steps() > deadline || !step()) {
                Invariant.LEVEL.violated(unlevel());
            }
        }
        postgres.tables.truth.atRest(postgres.tables);
    }

    private boolean level() {
        var tables = postgres.tables;
        for (var partition : tables.partitions) {
            if (partition.published != partition.nextOffset - 1) {
                return false;
            }
        }
        if (postgres.openTransactions()) {
            return false;
        }
        for (var row : tables.staged) {
            if (row.deleted == Tables.Staged.NEVER) {
                return false;
            }
        }
        for (var checkpoint : tables.checkpoints) {
            if (checkpoint.offset != tables.partition(checkpoint.partition).nextOffset - 1) {
                return false;
            }
        }
        return tables.checkpoints.size() == names * tables.partitions.size();
    }

    private String unlevel() {
        var tables = postgres.tables;
        var text = new StringBuilder("after " + PATIENCE + " steps, staged " + tables.staged.size());
        tables.partitions.forEach(partition -> text.append(", ").append(partition));
        tables.checkpoints.forEach(checkpoint ->
                text.append(", ").append(checkpoint).append(" at ").append(checkpoint.offset));
        return text.toString();
    }

    private Client client(String name) {
        return new Client(world, name + "#" + clients++);
    }

    /** {@code owns}: its partitions. */
    StreamerProcess startStreamer(IntPredicate owns) {
        var streamer = new StreamerProcess(this, client("streamer"));
        streamers.add(streamer);
        IntStream.range(0, streams.size()).filter(owns).forEach(streamer::own);
        streamer.start();
        return streamer;
    }

    boolean moreStreamers() {
        return streamers.size() < MOST_STREAMERS;
    }

    String newName() {
        return "consumer" + names++;
    }

    int names() {
        return names;
    }

    void startConsumer(String name) {
        for (int partition = 0; partition < streams.size(); partition++) {
            startConsumer(instance(name, partition));
        }
    }

    private static Instance instance(String name, int partition) {
        return new Instance(name, partition, name + "/" + partition);
    }

    void startConsumer(Instance instance) {
        var consumer = new ConsumerProcess(this, client(instance.role()), instance);
        consumers.add(consumer);
        consumer.start();
    }

    boolean moreTwins(Instance instance) {
        return consumers.stream()
                        .filter(other -> other.instance.equals(instance))
                        .count()
                < MOST_TWINS;
    }

    void layOut(int partitions) {
        if (partitions != postgres.tables.open()) {
            new LayoutChange(client("operator"), postgres, partitions)
                    .send()
                    .onSuccess(done -> counts[Fault.LAYOUT_CHANGES.ordinal()]++);
        }
    }

    void rewind(String name) {
        SentBack.rewind(client("operator"), postgres, name, 0)
                .send()
                .onSuccess(done -> counts[Fault.REWIND.ordinal()]++);
    }

    /** The process dies. What it has sent may still take effect. A new process starts. */
    void restart(ConsumerProcess consumer) {
        kill(consumer.client);
        consumers.remove(consumer);
        world.after(backOff(), () -> startConsumer(consumer.instance));
    }

    void restart(StreamerProcess streamer) {
        kill(streamer.client);
        streamers.remove(streamer);
        world.after(backOff(), () -> startStreamer(streamer::owns));
    }

    private void kill(Client client) {
        client.die();
        injector.cutAll(client);
    }

    /**
     * After an alarm, somebody checks the system, repairs it if necessary, and starts the process again. A restore may
     * remove the consumer's row. Two restores, each between a read of the archive and a read of the checkpoint, look
     * like a lost record; stopping is then correct, too.
     */
    void stopped(ConsumerProcess consumer, UnusableLogException why) {
        boolean rowGone = why.getMessage().contains("has been deleted");
        if (injector.restores() < (rowGone ? 1 : 2)) {
            stop = new Violation(Invariant.LOUD, why.getMessage());
        }
        restart(consumer);
    }

    void stopped(StreamerProcess streamer, int partition, UnusableLogException why) {
        if (!injector.foreign()) {
            stop = new Violation(Invariant.LOUD, why.getMessage());
        }
        streams.get(partition).forget();
        restart(streamer);
    }

    long backOff() {
        return (1 + world.dice.below(20)) * plan.pollMillis() * 200_000;
    }

    Faults faults(Client client) {
        return point -> {
            if (client.strikes > 0) {
                client.strikes--;
                boolean streamer = point == Faults.Point.STREAMER_AFTER_PUBLISH;
                counts[(streamer ? Fault.AFTER_PUBLISH : Fault.BEFORE_SAVE).ordinal()]++;
                throw new SimulatedFailure(point);
            }
        };
    }
}
