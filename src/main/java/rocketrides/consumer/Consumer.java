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
 * Applies every record of the log exactly once, in order. Each pass does one thing: it loads the checkpoint, reads the
 * stream, reads a gap from the archive, or applies a batch. It saves at most once, and each save is one transaction. If
 * the process dies at any point, the consumer starts again from its stored checkpoint.
 *
 * <p>The rules: only contiguous offsets are applied. After any unexpected result, the consumer loads its checkpoint
 * again. A gap is healed before the stream is read again. If the stream was lost, reading starts from its beginning.
 * The idle check also runs on a timer.
 */
public final class Consumer {
    /** The most segments of one read of the archive. Large segments reduce it. */
    private static final int SEGMENTS_PER_READ = 16;

    /**
     * A consumer that is more than this many batches behind reads the archive instead of the stream, because that is
     * faster. It compares its checkpoint with the head when it loads it, and after so many full reads of the stream.
     */
    private static final int FAR_BEHIND = 10;

    /** The first wait for older partitions; the next ones are longer, up to the time between two idle checks. */
    private static final Duration SHORTEST_TURN = Duration.ofMillis(10);

    /**
     * @param idleCheck the time between two idle checks, and the longest wait for the stream
     * @param faults kept when a consumer crashes and is started again
     * @param troubles kept when a consumer crashes and is started again: what could not be done
     */
    public record Options(Instance instance, int batchSize, Duration idleCheck, Faults faults, Troubles troubles) {}

    /**
     * Where a consumer reads the log.
     *
     * @param stream used by this consumer only: its blocking reads would delay others
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

    /** Entries that were read and are not yet applied. */
    private final Deque<Entry> held = new ArrayDeque<>();

    private boolean loaded;

    /** The next wait for older partitions. */
    private Duration turn = SHORTEST_TURN;

    private long offset;

    /**
     * The log's head when it was last read. If the offset has not changed at the next idle check, records up to here
     * are read from the archive.
     */
    private long head;

    private long checkedOffset;

    /** Up to this offset the archive is read instead of the stream. Not above {@link #offset} if there is no gap. */
    private long healTo;

    /**
     * Up to this offset the archive is read without a gap: because it is faster far behind, or because large data is
     * only there.
     */
    private long catchUpTo;

    /** The offset that the archive lacked at the last read; 0 if none. */
    private long missing;

    /** The entry ID of the last applied record, if known. */
    private String appliedId;

    /** How many reads of the stream in succession returned as much as they may. */
    private int fullReads;

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
     * Runs one pass. Completes with the time to wait before the next pass: zero, or a wait while the stream cannot be
     * read. With nothing to do, the pass itself waits for the stream, at most for the time between two idle checks.
     * Fails if the archive or the checkpoints fail, and with {@link UnusableLogException} if a record that must be
     * applied no longer exists.
     */
    public Future<Duration> runOnce() {
        if (!loaded) {
            return load();
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
        if (nanoTime.getAsLong() >= nextIdleCheck) {
            return idleCheck().map(Duration.ZERO);
        }
        return (fullReads < FAR_BEHIND ? read() : lookAhead()).map(Duration.ZERO);
    }

    /**
     * A failure that still exists although the last pass succeeded, because that pass did something else; null if there
     * is none.
     */
    public Throwable trouble() {
        return troubles.any();
    }

    /** Completes with the time to wait before the next pass. */
    private Future<Duration> load() {
        return stored().compose(stored -> {
            stored.ifPresent(this::adopt);
            if (stored.isEmpty()) {
                return checkpoints.register().map(Duration.ZERO);
            }
            if (!loaded) {
                return Future.succeededFuture(waitForOlderPartitions());
            }
            return catchUpIfFarBehind().map(Duration.ZERO);
        });
    }

    private Duration waitForOlderPartitions() {
        var wait = turn;
        var longer = turn.multipliedBy(2);
        turn = longer.compareTo(options.idleCheck()) < 0 ? longer : options.idleCheck();
        return wait;
    }

    private Future<Void> lookAhead() {
        fullReads = 0;
        return compare().compose(compared -> catchUpIfFarBehind());
    }

    private Future<Void> catchUpIfFarBehind() {
        return head - offset > (long) FAR_BEHIND * options.batchSize() ? catchUp() : Future.succeededFuture();
    }

    /**
     * Reads the archive up to the head, and then the stream after its current newest entry. The head is read after that
     * entry, so it is not below it. If it is below nevertheless, for example after a restore, the difference is a gap
     * like any other.
     */
    private Future<Void> catchUp() {
        return stream.newest().compose(newest -> stored().map(stored -> {
            stored.ifPresent(this::adopt);
            if (loaded) {
                healTo = head;
                catchUpTo = head;
                newest.ifPresent(top -> {
                    stream.readAfter(top);
                    appliedId = top.id();
                });
            }
            return null;
        }));
    }

    private Future<Optional<Checkpoint>> stored() {
        return troubles.note(LOAD, checkpoints.load());
    }

    /** Adopts nothing if the checkpoint has not begun: the consumer then waits, and loads it again. */
    private void adopt(Checkpoint stored) {
        if (!stored.begun()) {
            startOver();
            return;
        }
        turn = SHORTEST_TURN;
        loaded = true;
        offset = stored.offset();
        checkedOffset = offset;
        head = stored.head();
        healTo = 0;
        catchUpTo = 0;
        held.clear();
        appliedId = stored.redisId();
        if (!stream.hasPosition()) {
            stream.readAfter(offset, stored.redisId());
            // If the stream could not be read before a crash, the archive is read at once.
            checkIdlenessIn(stream.readable() ? options.idleCheck() : Duration.ZERO);
        }
    }

    private void checkIdlenessIn(Duration wait) {
        nextIdleCheck = nanoTime.getAsLong() + wait.toNanos();
    }

    /** If the stream cannot be read, the archive is read instead, at once. */
    private Future<Void> read() {
        return stream.read().compose(entries -> {
            if (entries.isEmpty()) {
                checkIdlenessIn(Duration.ZERO);
                return Future.succeededFuture();
            }
            hold(entries.get());
            fullReads = entries.get().size() < options.batchSize() ? 0 : fullReads + 1;
            return entries.get().isEmpty() ? idleCheck() : Future.succeededFuture();
        });
    }

    /**
     * While the stream cannot be read, reads everything up to the head from the archive, once per idle check interval.
     */
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

    /**
     * Takes the entries. If one of them lacks its data, because the record is large, all are read from the archive
     * instead.
     */
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

    /** Applies the held entries after the checkpoint, up to the first gap. */
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

    /** Applies records that the stream lacked, or the first part of them. */
    private Future<Void> heal() {
        return Portion.read(archive, offset, healTo, SEGMENTS_PER_READ)
                .compose(found -> found.records().isEmpty()
                        ? missing()
                        : save(found, found.records().size()));
    }

    /**
     * The archive does not contain the next record. Either another process with this name has applied it and retention
     * has deleted it. Or the entry in the stream is of an abandoned history; then there is nothing to do. Only if the
     * stored checkpoint still requires a record that was sealed long ago, the record is lost.
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

    /** {@code healed}: how many of the records were missing in the stream. */
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
        stream.forgetPosition();
    }

    /**
     * Detects what no entry can show: another process has moved the checkpoint; the stream has lost its newest entries;
     * or the stream has started again with IDs below the one after which this consumer reads. A consumer that is only
     * behind makes progress between two checks, and continues to read the stream.
     */
    private Future<Void> idleCheck() {
        checkIdlenessIn(options.idleCheck());
        var lastGeneratedId = stream.lastGeneratedId();
        return compare().compose(compared -> lastGeneratedId
                .onSuccess(last -> stream.restartIfAbove(last, offset))
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
        if (stored.offset() != offset || !stored.begun()) {
            stream.forgetPosition();
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
