package rocketrides.consumer;

import static rocketrides.consumer.Troubles.Part.LOAD;
import static rocketrides.consumer.Troubles.Part.SAVE;
import static rocketrides.runtime.Faults.Point.CONSUMER_BEFORE_SAVE;

import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Checkpoint;
import rocketrides.consumer.Checkpoints.Saved;
import rocketrides.log.Applied;
import rocketrides.log.Entry;
import rocketrides.log.LogRecord;
import rocketrides.log.LogStream;
import rocketrides.log.SegmentId;
import rocketrides.log.SegmentStore;
import rocketrides.log.UnusableLogException;
import rocketrides.runtime.Events.Consumed;
import rocketrides.runtime.Faults;

/**
 * Applies every record of the log exactly once, in order. A pass does one thing: load the checkpoint, read the stream,
 * heal a gap from the archive, or apply a batch; it saves at most once, and what it saves is one transaction. If it dies at
 * any point, it starts again from its stored checkpoint.
 *
 * <p>The rules, with the names of the protocol ({@link rocketrides.log}): C1 only contiguous offsets are applied. C2 any
 * answer that does not fit makes it reload its checkpoint. C3 a gap is healed before the stream is read again. C4 when
 * the stream has lost its memory, reading starts over. C5 the idle check runs on a timer too.
 */
public final class Consumer {
    private static final Logger LOG = LoggerFactory.getLogger(Consumer.class);

    /** How many segments of the archive are read at once; fewer if they are large. */
    private static final int SEGMENTS_PER_READ = 16;

    /** A consumer that is more than so many batches behind the head when it loads its checkpoint reads the archive. */
    private static final int FAR_BEHIND = 10;

    /**
     * @param idleCheck the time between two idle checks, and the longest wait for the stream
     * @param faults stay with the name when a consumer crashes, as do its troubles
     * @param troubles what a consumer of this name, which crashed, could not do
     */
    public record Options(Instance instance, int batchSize, Duration idleCheck, Faults faults, Troubles troubles) {}

    /**
     * Where a consumer reads the log.
     *
     * @param stream the consumer's own: its blocking reads would hold up others
     */
    public record Source(SegmentStore archive, LogStream stream) {}

    private final Options options;
    private final String name;
    private final Checkpoints checkpoints;
    private final SegmentStore archive;
    private final StreamReader stream;
    private final Troubles troubles;
    private final java.util.function.Consumer<Record> news;
    private final LongSupplier nanoTime;

    /** Entries that were read and not yet applied. */
    private final Deque<Entry> held = new ArrayDeque<>();

    private boolean loaded;
    private long offset;

    /** The highest offset that this consumer knows to be saved. */
    private long reached;

    /** How often somebody has rewound this consumer, when its checkpoint was last loaded. */
    private long rewinds;

    /** The log's head when it was last looked up: by the next idle check we should have moved. */
    private long head;

    private long checkedOffset;

    /** Up to here the archive is read instead of the stream; no further than {@link #offset} if there is no gap. */
    private long healTo;

    /** Up to here the archive is read although there is no gap: it is the faster way far behind, the only one to large data. */
    private long catchUpTo;

    /** The offset that the archive lacked when it was last asked; 0 if it lacked none. */
    private long missing;

    /** The stream's id of the last entry applied, as far as known. */
    private String appliedId;

    private long nextIdleCheck;
    private int duplicates;

    public Consumer(
            Options options,
            Checkpoints checkpoints,
            Source source,
            java.util.function.Consumer<Record> news,
            LongSupplier nanoTime) {
        this.options = options;
        this.name = options.instance().role();
        this.checkpoints = checkpoints;
        this.archive = source.archive();
        this.stream = new StreamReader(options, source.stream());
        this.troubles = options.troubles();
        this.news = news;
        this.nanoTime = nanoTime;
    }

    /**
     * One pass. Completes when it has ended, with the time to wait before the next one: at once or, if there is nothing to
     * do, after a wait for the stream that lasts at most as long as the time between idle checks. Fails if the store or the
     * checkpoints did; with {@link UnusableLogException} if a record that was not applied yet is nowhere any more.
     */
    public Future<Duration> runOnce() {
        if (!loaded) {
            return load().map(Duration.ZERO);
        }
        skipDuplicates();
        if (!held.isEmpty() && held.peek().offset() > offset + 1) {
            healTo = Math.max(healTo, held.peek().offset() - 1);
        }
        if (offset < healTo) {
            return heal().map(Duration.ZERO);
        }
        if (!held.isEmpty()) {
            return apply().map(Duration.ZERO);
        }
        if (!stream.readable()) {
            return readArchive();
        }
        return (nanoTime.getAsLong() >= nextIdleCheck ? idleCheck() : read()).map(Duration.ZERO);
    }

    /** What fails at present although the last pass worked, because that did something else; null if nothing does. */
    public Throwable trouble() {
        return troubles.any();
    }

    private Future<Void> load() {
        return stored().compose(stored -> {
            stored.ifPresent(this::adopt);
            if (stored.isEmpty()) {
                return checkpoints.register();
            }
            return head - offset > (long) FAR_BEHIND * options.batchSize() ? catchUp() : Future.succeededFuture();
        });
    }

    /**
     * Reads the archive up to the head, then the stream after what is its newest entry now. The head is looked up after
     * that entry, so it is not below it; if it is, as after a restore, what was left out is a gap like any other.
     */
    private Future<Void> catchUp() {
        return stream.newest().compose(newest -> stored().map(stored -> {
            stored.ifPresent(this::adopt);
            healTo = head;
            catchUpTo = head;
            newest.ifPresent(top -> {
                stream.goBehind(top);
                appliedId = top.id();
            });
            return null;
        }));
    }

    private Future<Optional<Checkpoint>> stored() {
        return troubles.note(LOAD, checkpoints.load());
    }

    private void adopt(Checkpoint stored) {
        if (stored.offset() < reached) {
            sayThatItWentBack(stored);
        }
        rewinds = stored.rewinds();
        loaded = true;
        offset = stored.offset();
        reached = offset;
        checkedOffset = offset;
        head = stored.head();
        healTo = 0;
        catchUpTo = 0;
        held.clear();
        appliedId = stored.redisId();
        if (!stream.knowsWhere()) {
            stream.goBehind(offset, stored.redisId());
            // The archive is read at once if the stream could not be read before a crash.
            checkIdlenessIn(stream.readable() ? options.idleCheck() : Duration.ZERO);
        }
    }

    /** A rewind counts itself in the checkpoint's row; a backup that was restored has not counted one. */
    private void sayThatItWentBack(Checkpoint stored) {
        if (stored.rewinds() > rewinds) {
            LOG.info("{} was rewound from offset {} to {}, and goes on from there", name, reached, stored.offset());
            return;
        }
        LOG.error(
                "ALARM: the checkpoint of {} went back from {} to {}, and nobody has rewound it: Postgres was restored or"
                        + " failed over, and acknowledged writes are lost. {} goes on from {}",
                name,
                reached,
                stored.offset(),
                name,
                stored.offset());
    }

    private void checkIdlenessIn(Duration wait) {
        nextIdleCheck = nanoTime.getAsLong() + wait.toNanos();
    }

    /** If the stream cannot be read, the archive is looked at instead, at once. */
    private Future<Void> read() {
        return stream.read().compose(entries -> {
            if (entries.isEmpty()) {
                checkIdlenessIn(Duration.ZERO);
                return Future.succeededFuture();
            }
            hold(entries.get());
            return entries.get().isEmpty() ? idleCheck() : Future.succeededFuture();
        });
    }

    /** While the stream cannot be read: as often as it would be waited for, everything up to the head. */
    private Future<Duration> readArchive() {
        long wait = nextIdleCheck - nanoTime.getAsLong();
        if (wait > 0) {
            return Future.succeededFuture(Duration.ofMillis(1 + wait / 1_000_000));
        }
        checkIdlenessIn(options.idleCheck());
        stream.tryToRead();
        return compare().map(compared -> {
            healTo = head;
            return Duration.ZERO;
        });
    }

    /** If one of them has no data, as a large record has none in the stream, all are read from the archive instead. */
    private void hold(List<Entry> entries) {
        if (entries.stream().allMatch(Entry::isWhole)) {
            held.addAll(entries);
            return;
        }
        for (var entry : entries) {
            appliedId = entry.id();
            if (entry.offset() <= offset) {
                duplicates++;
            }
            healTo = Math.max(healTo, entry.offset());
        }
        catchUpTo = Math.max(catchUpTo, healTo);
    }

    private void skipDuplicates() {
        while (!held.isEmpty() && held.peek().offset() <= offset) {
            appliedId = held.poll().id();
            duplicates++;
        }
    }

    /** Applies what stands right after the checkpoint, up to the first gap. */
    private Future<Void> apply() {
        var records = new ArrayList<LogRecord>(held.size());
        var segments = new LinkedHashSet<SegmentId>();
        long to = offset;
        while (!held.isEmpty() && held.peek().offset() <= to + 1) {
            var entry = held.poll();
            appliedId = entry.id();
            if (entry.offset() <= to) {
                duplicates++;
            } else {
                to = entry.offset();
                records.add(entry.record());
                segments.add(entry.segment());
            }
        }
        return save(new Portion(records, List.copyOf(segments)), 0);
    }

    /** Applies what the stream did not have, or the first part of it. */
    private Future<Void> heal() {
        return Portion.read(archive, offset, healTo, SEGMENTS_PER_READ)
                .compose(found -> found.records().isEmpty()
                        ? missing()
                        : save(found, found.records().size()));
    }

    /**
     * The archive does not have the next record. Somebody with our name may have applied it, and retention deleted it
     * (C2); or what came through the stream is of a history that never happened, and then there is nothing to do but
     * wait. Only if our stored checkpoint still asks for a record that was sealed long ago, it is lost.
     */
    private Future<Void> missing() {
        long wanted = offset + 1;
        boolean wasSealed = head >= wanted;
        loaded = false;
        return load().map(reloaded -> {
            boolean stillWanted = wasSealed && loaded && offset + 1 == wanted && head >= wanted;
            if (stillWanted && missing == wanted) {
                throw new UnusableLogException(name + " stopped: its checkpoint is " + offset
                        + ", but log_segments does not hold offset " + wanted + " any more (the head is " + head + ")");
            }
            missing = stillWanted ? wanted : 0;
            return null;
        });
    }

    /** {@code healed}: how many of the records the stream did not have. */
    private Future<Void> save(Portion portion, int healed) {
        long to = offset + portion.records().size();
        int gaps = to == healTo && to > catchUpTo ? 1 : 0;
        var batch = new Batch(offset, to, appliedId, portion.segments(), portion.records(), duplicates, gaps);
        var begun = Instant.now();
        return Future.succeededFuture(batch)
                .compose(ready -> {
                    options.faults().at(CONSUMER_BEFORE_SAVE);
                    return troubles.note(SAVE, checkpoints.save(ready));
                })
                .onFailure(t -> startOver())
                .map(saved -> {
                    switch (saved.outcome()) {
                        case DONE -> {
                            saved(batch, saved, to > catchUpTo ? healed : 0);
                            news.accept(new Applied(
                                    options.instance().consumer(),
                                    options.instance().partition(),
                                    batch.records(),
                                    saved.reasons(),
                                    begun));
                        }
                        case MOVED -> startOver();
                        case OTHER_HISTORY -> {
                            loaded = false;
                            checkIdlenessIn(Duration.ZERO);
                        }
                    }
                    return null;
                });
    }

    private void saved(Batch batch, Saved saved, int healed) {
        offset = batch.to();
        reached = offset;
        duplicates = 0;
        int rejected = saved.rejected().size();
        news.accept(new Consumed(
                name,
                options.instance().partition(),
                offset,
                saved.applied(),
                batch.duplicates(),
                healed,
                rejected,
                saved.shown()));
    }

    private void startOver() {
        loaded = false;
        stream.forgetWhere();
    }

    /**
     * Finds out what no entry would tell: that somebody else moved the checkpoint, that the stream lost entries which
     * nothing follows, or that it begins anew below the id that we wait behind. A consumer that is merely behind makes
     * progress between two checks, and is left to read the stream.
     */
    private Future<Void> idleCheck() {
        checkIdlenessIn(options.idleCheck());
        var lastGeneratedId = stream.lastGeneratedId();
        return compare().compose(compared -> lastGeneratedId
                .onSuccess(last -> stream.startOverIfAbove(last, offset))
                .<Void>mapEmpty()
                .otherwiseEmpty());
    }

    private Future<Void> compare() {
        return stored().map(stored -> {
            compare(stored.orElseThrow(
                    () -> new UnusableLogException(name + " stopped: its row in checkpoints has been deleted")));
            return null;
        });
    }

    private void compare(Checkpoint stored) {
        if (stored.offset() == stored.head()) {
            troubles.over(SAVE); // nothing is left to save
        }
        if (stored.offset() != offset) {
            stream.forgetWhere();
            adopt(stored);
            return;
        }
        if (offset == checkedOffset) {
            healTo = head;
        }
        checkedOffset = offset;
        head = stored.head();
    }
}
