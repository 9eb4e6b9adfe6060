package rocketrides.consumer;

import java.util.ArrayList;
import java.util.List;
import rocketrides.consumer.Checkpoints.Rejected;
import rocketrides.log.LogRecord;

/** What records mean to a projection, in order, and those that mean nothing to it that it could use. */
record Interpretation<E>(List<E> events, List<Rejected> rejected) {

    /** It may quote the record, which may be large. */
    private static final int LONGEST_REASON = 1_000;

    static <E> Interpretation<E> of(Projection<E> projection, List<LogRecord> records) {
        var read = new Interpretation<E>(new ArrayList<>(records.size()), new ArrayList<>());
        records.forEach(record -> read.add(projection, record));
        return read;
    }

    private void add(Projection<E> projection, LogRecord record) {
        try {
            var event = projection.read(record);
            if (event != null) {
                events.add(event);
            }
        } catch (RuntimeException e) {
            var reason = String.valueOf(e instanceof IllegalArgumentException ? e.getMessage() : e);
            rejected.add(new Rejected(record, reason.substring(0, Math.min(reason.length(), LONGEST_REASON))));
        }
    }
}
