package rocketrides.consumer;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import rocketrides.log.LogRecord;
import rocketrides.log.SegmentId;
import rocketrides.log.SegmentStore;

/** Records of the archive, without a gap, and the segments that they are from. */
record Portion(List<LogRecord> records, List<SegmentId> segments) {

    /** What comes after {@code from}, up to {@code to}, as far as {@code limit} segments hold it; nothing if it is gone. */
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
