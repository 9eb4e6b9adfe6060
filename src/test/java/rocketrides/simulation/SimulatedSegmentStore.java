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

/** One client's access to the simulated log. */
final class SimulatedSegmentStore implements SegmentStore {
    private final SimulatedPostgres db;
    private final Client client;

    SimulatedSegmentStore(SimulatedPostgres db, Client client) {
        this.db = db;
        this.client = client;
    }

    @Override
    public int partition() {
        return 0;
    }

    @Override
    public Future<List<Segment>> unpublished(int limit) {
        return new Query<>(client, db, "Unpublished", () -> scan(limit)).send();
    }

    private List<Segment> scan(int limit) {
        long published = db.tables.published;
        var found = new ArrayList<Segment>(limit);
        for (var stored : db.tables.segments) {
            add(found, stored, published, limit);
        }
        if (db.is(Mutant.PUBLISHED_BEFORE_COMMIT)) {
            db.uncommitted.forEach(stored -> add(found, stored, published, limit));
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
        return new Mark(client, db, segment).send();
    }

    @Override
    public Future<List<Segment>> read(long offset, int limit) {
        return new Query<>(client, db, "Read from " + offset, () -> archive(offset, limit)).send();
    }

    private List<Segment> archive(long offset, int limit) {
        var segments = db.tables.segments;
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
                                || db.tables.segment(segment.firstOffset(), segment.tag()) != null)
                .send();
    }

    @Override
    public Future<Integer> retain(Duration age) {
        return new Retain(client, db, age.toMillis()).send();
    }
}
