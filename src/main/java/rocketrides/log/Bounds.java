package rocketrides.log;

/** Which offsets a segment holds, both included. */
public record Bounds(long firstOffset, long lastOffset) {
    public int count() {
        return Math.toIntExact(lastOffset - firstOffset + 1);
    }
}
