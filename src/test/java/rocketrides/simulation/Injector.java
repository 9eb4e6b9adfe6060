package rocketrides.simulation;

import java.util.List;

/** Executes one item of a schedule. */
final class Injector {
    private static final int LARGEST_LAYOUT = 3;
    private static final int ENOUGH_PARTITIONS = 6;

    private final History history;
    private Tables backup;
    private int restores;
    private boolean foreign;
    private Dice dice;

    Injector(History history) {
        this.history = history;
    }

    int restores() {
        return restores;
    }

    boolean foreign() {
        return foreign;
    }

    /** False if there was nothing to break. */
    boolean inject(Plan.Item item) {
        dice = new Dice(item.choice());
        if (history.world.traced()) {
            history.world.say("** " + item.fault() + ": " + item.fault().text);
        }
        return switch (item.fault()) {
            case RIDES -> write(false, 0);
            case API_ROLLBACK -> write(true, dice.oneIn(2) ? 0 : soon());
            case SLOW_WRITER -> write(dice.oneIn(8), late());
            case STREAMER_CRASH, STREAMER_ZOMBIE, STREAMER_TWIN -> streamer(item.fault());
            case OWNER_MOVES -> ownerMoves();
            case CONSUMER_CRASH, CONSUMER_ZOMBIE, CONSUMER_TWIN -> consumer(item.fault());
            case LATE_CONSUMER -> lateConsumer();
            case LAYOUT_CHANGES -> layoutChanges();
            case REWIND -> rewind();
            case PAUSE -> pause();
            case AFTER_PUBLISH -> strike(true);
            case BEFORE_SAVE -> strike(false);
            case SQL_LOST -> cut(history.postgres.inFlight, false, 0);
            case SQL_UNKNOWN -> cut(history.postgres.inFlight, true, 0);
            case SQL_ORPHAN -> cut(history.postgres.inFlight, true, late());
            case REDIS_LOST -> cut(redis().inFlight, false, 0);
            case REDIS_UNKNOWN -> cut(redis().inFlight, true, 0);
            case REDIS_ORPHAN -> cut(redis().inFlight, true, late());
            case POSTGRES_CLOCK, POSTGRES_CRASH, SEQUENCE_SET_BACK, BACKUP, RESTORE -> database(item.fault());
            case CLIENT_CLOCK -> {
                history.world.leap(late());
                yield true;
            }
            default -> stream(item.fault());
        };
    }

    private long soon() {
        return (1 + dice.below(10)) * (long) history.plan.nanosPerStep();
    }

    private long late() {
        return (20 + dice.below(300)) * (long) history.plan.nanosPerStep();
    }

    private boolean write(boolean rollsBack, long delay) {
        history.world.ready(new Writer(history.postgres, 1 + dice.below(4), dice, rollsBack, delay));
        return true;
    }

    private Runnable writer(Dice choices) {
        return () -> history.world.ready(new Writer(history.postgres, 1 + choices.below(4), choices, false, 0));
    }

    private boolean streamer(Fault fault) {
        if (fault == Fault.STREAMER_TWIN || history.streamers.isEmpty()) {
            return history.moreStreamers() && history.startStreamer(all -> true) != null;
        }
        var hit = history.streamers.get(dice.below(history.streamers.size()));
        if (fault == Fault.STREAMER_CRASH) {
            history.restart(hit);
            return true;
        }
        if (!history.moreStreamers()) {
            return false;
        }
        freeze(hit.client);
        history.startStreamer(hit::owns);
        return true;
    }

    /** The old owner may not know yet that the partition has another one. */
    private boolean ownerMoves() {
        if (history.streamers.isEmpty()) {
            return false;
        }
        int partition = dice.below(history.streams.size());
        if (!dice.oneIn(4)) {
            history.streamers.forEach(streamer -> streamer.lose(partition));
        }
        history.streamers.get(dice.below(history.streamers.size())).own(partition);
        return true;
    }

    private boolean consumer(Fault fault) {
        if (history.consumers.isEmpty()) {
            return false;
        }
        var hit = history.consumers.get(dice.below(history.consumers.size()));
        if (fault == Fault.CONSUMER_CRASH) {
            history.restart(hit);
            return true;
        }
        if (!history.moreTwins(hit.instance)) {
            return false;
        }
        if (fault == Fault.CONSUMER_ZOMBIE) {
            freeze(hit.client);
        }
        history.startConsumer(hit.instance);
        return true;
    }

    private boolean lateConsumer() {
        if (history.names() > 3) {
            return false;
        }
        history.startConsumer(history.newName());
        return true;
    }

    /** While a transaction is open. Others follow, and rewinds. */
    private boolean layoutChanges() {
        if (history.streams.size() <= ENOUGH_PARTITIONS && !history.postgres.isLayoutChanging()) {
            write(false, late());
            history.layOut(1 + dice.below(LARGEST_LAYOUT));
            for (int i = 0; i < 3; i++) {
                history.world.after(late(), writer(new Dice(dice.next())));
                history.world.after(late(), this::rewind);
            }
        }
        return false; // counted when it takes effect
    }

    private boolean rewind() {
        int any = dice.below(history.names());
        history.rewind(history.postgres.beginning().orElse("consumer" + any));
        return false; // counted when it takes effect
    }

    private boolean pause() {
        boolean streamer = dice.oneIn(2);
        int size = streamer ? history.streamers.size() : history.consumers.size();
        if (size == 0) {
            return false;
        }
        int hit = dice.below(size);
        freeze(streamer ? history.streamers.get(hit).client : history.consumers.get(hit).client);
        return true;
    }

    private void freeze(Client client) {
        client.freeze();
        history.world.after(late(), client::thaw);
    }

    private boolean strike(boolean streamer) {
        int size = streamer ? history.streamers.size() : history.consumers.size();
        if (size == 0) {
            return false;
        }
        int hit = dice.below(size);
        (streamer ? history.streamers.get(hit).client : history.consumers.get(hit).client).strikes++;
        return false; // counted when it takes effect
    }

    private boolean cut(List<Operation<?>> inFlight, boolean survives, long delay) {
        if (inFlight.isEmpty()) {
            return false;
        }
        inFlight.get(dice.below(inFlight.size())).cut(survives, delay);
        return true;
    }

    /** For everything that a dead process had sent: each may end, continue, or continue much later. */
    void cutAll(Client client) {
        cutAll(client, history.postgres.inFlight);
        history.streams.forEach(redis -> cutAll(client, redis.inFlight));
    }

    private void cutAll(Client client, List<Operation<?>> inFlight) {
        var chance = history.world.dice;
        for (var operation : List.copyOf(inFlight)) {
            if (operation.client == client) {
                operation.cut(
                        chance.oneIn(2), chance.oneIn(2) ? 0 : chance.below(200) * (long) history.plan.nanosPerStep());
            }
        }
    }

    /** That of one partition. */
    private SimulatedRedis redis() {
        return history.streams.get(dice.below(history.streams.size()));
    }

    private boolean database(Fault fault) {
        var postgres = history.postgres;
        switch (fault) {
            case POSTGRES_CLOCK -> postgres.leap((dice.below(200) - 100) * (1L + dice.below(1_000)));
            case POSTGRES_CRASH -> postgres.crash();
            case SEQUENCE_SET_BACK -> {
                postgres.tables.nextId = dice.oneIn(2)
                        ? postgres.tables.highestLiveId() + 1
                        : 1 + dice.below((int) postgres.tables.nextId);
                postgres.tables.truth.sequenceSetBack();
            }
            case BACKUP -> backup = postgres.tables.copy();
            default -> {
                if (backup == null) {
                    backup = postgres.tables.copy();
                    return false;
                }
                postgres.restore(backup);
                restores++;
                if (dice.oneIn(2)) {
                    backup = null;
                }
            }
        }
        return true;
    }

    private boolean stream(Fault fault) {
        var redis = redis();
        switch (fault) {
            case XADD_REFUSED -> {
                redis.passing = dice.below(6);
                redis.refusing = 1 + dice.below(3);
                return false; // counted when it takes effect
            }
            case FLUSHALL -> {
                boolean existed = redis.exists();
                redis.forget();
                return existed;
            }
            case LOST_TAIL -> redis.restart(1 + dice.below(8));
            case REDIS_RESTART -> redis.restart(0);
            case REDIS_CLOCK -> redis.leap((dice.below(2_000) - 1_000) * (1L + dice.below(1_000)));
            case FOREIGN_ENTRY -> {
                foreign = true;
                redis.add(redis.nextMillis(), redis.nextSequence(), null);
            }
            default -> {
                if (redis.items.isEmpty()) {
                    return false;
                }
                if (fault == Fault.TRIM) {
                    redis.trim(1 + dice.below(redis.items.size()));
                } else {
                    redis.remove(dice.below(redis.items.size()));
                }
            }
        }
        return true;
    }
}
