package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;

/** Chooses what streamers mark and consumers save: valid, stale, of another history, or partly of another history. */
final class Batches {
    private static final int MOST_SEGMENTS = 3;

    private final SimulatedPostgres simulated;

    /** All segments that were ever sealed, in any history. */
    final List<Segment> known = new ArrayList<>();

    private final List<Batch> prepared = new ArrayList<>();

    Batches(SimulatedPostgres simulated) {
        this.simulated = simulated;
    }

    /** Null if nothing has been sealed yet. */
    Segment any(Dice dice) {
        if (known.isEmpty()) {
            return null;
        }
        var segment = known.get(dice.below(known.size()));
        return switch (dice.below(6)) {
            case 0 -> tagged(segment, Performance.foreign(dice));
            case 1 -> tagged(segment, known.get(dice.below(known.size())).tag());
            default -> segment;
        };
    }

    private static Segment tagged(Segment segment, java.util.UUID tag) {
        return new Segment(segment.firstOffset(), segment.lastOffset(), tag, segment.lines());
    }

    /** Usually the next one. */
    Segment toMark(Dice dice) {
        var partition = simulated.tables.partition(0);
        for (var stored : partition.segments) {
            if (stored.first() == partition.published + 1 && !dice.oneIn(4)) {
                return dice.oneIn(5)
                        ? tagged(
                                stored.segment,
                                known.get(dice.below(known.size())).tag())
                        : stored.segment;
            }
        }
        return any(dice);
    }

    /** Null if there is nothing to save. */
    Batch toSave(String name, Dice dice) {
        if (!prepared.isEmpty() && dice.oneIn(4)) {
            return prepared.get(dice.below(prepared.size()));
        }
        var row = simulated.tables.checkpoint(name, 0);
        long from = Math.max(0, (row == null ? 0 : row.offset) + (dice.oneIn(4) ? dice.between(-2, 2) : 0));
        var batch = batch(from, dice);
        if (batch != null) {
            prepared.add(batch);
        }
        return batch;
    }

    /** The records after {@code from} in the archive. They may end within a segment, and sometimes have a wrong tag. */
    private Batch batch(long from, Dice dice) {
        int most = dice.between(1, MOST_SEGMENTS);
        var segments = after(from).limit(most).toList();
        if (segments.isEmpty()) {
            return null;
        }
        var ids = new ArrayList<>(segments.stream().map(Segment::id).toList());
        var last = segments.get(segments.size() - 1);
        long to = dice.oneIn(3)
                ? dice.between((int) Math.max(from + 1, last.firstOffset()), (int) last.lastOffset())
                : last.lastOffset();
        if (dice.oneIn(5)) {
            int at = dice.below(ids.size());
            var tag = dice.oneIn(2)
                    ? Performance.foreign(dice)
                    : known.get(dice.below(known.size())).tag();
            ids.set(at, new SegmentId(ids.get(at).firstOffset(), tag));
        }
        return batch(from, to, segments, ids);
    }

    /** All records of the next segments; null if there are none. */
    Batch next(long from) {
        var segments = after(from).limit(MOST_SEGMENTS).toList();
        return segments.isEmpty()
                ? null
                : batch(
                        from,
                        segments.get(segments.size() - 1).lastOffset(),
                        segments,
                        segments.stream().map(Segment::id).toList());
    }

    /** The segments in order, from the one with the next offset; empty if that no longer exists. */
    private Stream<Segment> after(long from) {
        var segments = simulated.tables.partition(0).segments.stream()
                .map(stored -> stored.segment)
                .filter(segment -> segment.lastOffset() > from)
                .toList();
        return segments.isEmpty() || segments.get(0).firstOffset() > from + 1 ? Stream.empty() : segments.stream();
    }

    private static Batch batch(long from, long to, List<Segment> segments, List<SegmentId> ids) {
        var records = segments.stream()
                .flatMap(segment -> segment.records(from + 1, to).stream())
                .toList();
        return new Batch(from, to, to + "-0", List.copyOf(ids), records, 0, 0);
    }
}
