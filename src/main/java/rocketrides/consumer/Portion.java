package rocketrides.consumer;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import rocketrides.log.LogRecord;
import rocketrides.log.SegmentId;
import rocketrides.log.SegmentStore;

/** Contiguous records from the archive, and their segments. */
record Portion(List<LogRecord> records, List<SegmentId> segments) {

    /**
     * The records after {@code from}, up to {@code to}, of at most {@code limit} segments. Empty if the first no longer
     * exists.
     */
    static Future<Portion> read(SegmentStore archive, long from, long to, int limit) {
        return archive.read(from + 1, limit).map(found -> {
            var records = new ArrayList<LogRecord>();
            var segments = new ArrayList<SegmentId>();
            for (var segment : found) {
                long next = from + 1 + records.size();
                if (segment.firstOffset() <= next && next <= Math.min(to, segment.lastOffset())) {
                    records.addAll(segment.records(next, to));
                    segments.add(segment.id());
                }
            }
            return new Portion(records, segments);
        });
    }
}
