package rocketrides.log;

/** The offsets of a segment in its partition, both included. */
public record Bounds(int partition, long firstOffset, long lastOffset) {
    public int count() {
        return Math.toIntExact(lastOffset - firstOffset + 1);
    }
}
