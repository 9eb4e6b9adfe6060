package rocketrides.simulation;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;
import rocketrides.log.SegmentStore;
import rocketrides.log.UnusableLogException;
import rocketrides.simulation.Tables.Stored;

/** One client's access to a partition of the simulated log. */
final class SimulatedSegmentStore implements SegmentStore {
    private final SimulatedPostgres db;
    private final Client client;
    private final int partition;

    SimulatedSegmentStore(SimulatedPostgres db, Client client, int partition) {
        this.db = db;
        this.client = client;
        this.partition = partition;
    }

    @Override
    public int partition() {
        return partition;
    }

    private PartitionRows rows() {
        return db.tables.partition(partition);
    }

    @Override
    public Future<List<Segment>> unpublished(int limit) {
        return new Query<>(client, db, "Unpublished", () -> scan(limit)).send();
    }

    private List<Segment> scan(int limit) {
        long published = rows().published;
        var found = new ArrayList<Segment>(limit);
        for (var stored : rows().segments) {
            add(found, stored, published, limit);
        }
        if (db.is(Mutant.PUBLISHED_BEFORE_COMMIT)) {
            db.uncommitted.stream()
                    .filter(stored -> stored.partition == partition)
                    .forEach(stored -> add(found, stored, published, limit));
        }
        if (!found.isEmpty() && found.get(0).firstOffset() != published + 1) {
            throw new UnusableLogException("no segment begins at offset " + (published + 1));
        }
        return found;
    }

    private static void add(List<Segment> found, Stored stored, long published, int limit) {
        if (stored.first() > published && found.size() < limit) {
            found.add(stored.segment);
        }
    }

    @Override
    public Future<Boolean> mark(Segment segment) {
        return new Mark(client, db, rows(), segment).send();
    }

    @Override
    public Future<List<Segment>> read(long offset, int limit) {
        return new Query<>(client, db, "Read from " + offset, () -> archive(offset, limit)).send();
    }

    private List<Segment> archive(long offset, int limit) {
        var segments = rows().segments;
        int from = 0;
        while (from + 1 < segments.size() && segments.get(from + 1).first() <= offset) {
            from++;
        }
        var found = new ArrayList<Segment>(limit);
        for (int i = from; i < segments.size() && found.size() < limit; i++) {
            found.add(segments.get(i).segment);
        }
        return found;
    }

    @Override
    public Future<Boolean> holds(SegmentId segment) {
        return new Query<>(
                        client,
                        db,
                        "Holds " + segment.firstOffset(),
                        () -> db.is(Mutant.PRESENT_UNSEEN)
                                || rows().segment(segment.firstOffset(), segment.tag()) != null)
                .send();
    }

    @Override
    public Future<Integer> retain(Duration age) {
        return new Retain(client, db, rows(), age.toMillis()).send();
    }
}
