package rocketrides.log;

/** An entry of the stream: a record, the segment that it belongs to, and the id that Redis knows it by. */
public record Entry(String id, SegmentId segment, LogRecord record) {
    /** False if the record has to be read from the archive, because its data is too large for the stream. */
    public boolean isWhole() {
        return record.data() != null;
    }

    public long offset() {
        return record.offset();
    }
}
