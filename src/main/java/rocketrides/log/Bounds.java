package rocketrides.log;

/** Which offsets of its partition a segment holds, both included. */
public record Bounds(int partition, long firstOffset, long lastOffset) {
    public int count() {
        return Math.toIntExact(lastOffset - firstOffset + 1);
    }
}
