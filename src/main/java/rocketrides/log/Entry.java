package rocketrides.log;

/** An entry of the stream: a record, its segment, and its entry ID in Redis. */
public record Entry(String id, SegmentId segment, LogRecord record) {
    /** False if the record's data is too large for the stream, so that the record must be read from Postgres. */
    public boolean isWhole() {
        return record.data() != null;
    }

    public long offset() {
        return record.offset();
    }
}
