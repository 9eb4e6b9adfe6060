package rocketrides.log;

/** An entry of the stream: a record, the segment that it belongs to, and the id that Redis knows it by. */
public record Entry(String id, SegmentId segment, LogRecord record) {
    public long offset() {
        return record.offset();
    }
}
