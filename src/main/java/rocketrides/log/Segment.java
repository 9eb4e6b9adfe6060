package rocketrides.log;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A sealed batch: the unit in which the log is stored and published.
 *
 * @param lines one line for each record: {@code action TAB object TAB data}
 */
public record Segment(long firstOffset, long lastOffset, UUID tag, String lines) {

    public SegmentId id() {
        return new SegmentId(firstOffset, tag);
    }

    public int count() {
        return Math.toIntExact(lastOffset - firstOffset + 1);
    }

    public List<LogRecord> records() {
        return records(firstOffset, lastOffset);
    }

    /**
     * The records of this segment with offsets from {@code from} to {@code to}.
     *
     * @throws IllegalStateException if the stored text does not have one line for each offset
     */
    public List<LogRecord> records(long from, long to) {
        var records = new ArrayList<LogRecord>(count());
        int start = 0;
        for (long offset = firstOffset; offset <= lastOffset; offset++) {
            int end = offset < lastOffset ? lines.indexOf('\n', start) : lines.length();
            int tab1 = lines.indexOf('\t', start);
            int tab2 = lines.indexOf('\t', tab1 + 1);
            if (end < 0 || tab1 < 0 || tab2 < 0 || tab2 > end) {
                throw new IllegalStateException("log_segments, first_offset " + firstOffset
                        + ": no line \"action TAB object TAB data\" for offset " + offset);
            }
            if (offset >= from && offset <= to) {
                records.add(new LogRecord(
                        offset,
                        lines.substring(start, tab1),
                        lines.substring(tab1 + 1, tab2),
                        lines.substring(tab2 + 1, end)));
            }
            start = end + 1;
        }
        return records;
    }
}
