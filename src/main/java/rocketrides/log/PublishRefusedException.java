package rocketrides.log;

/**
 * Redis refused a record of a segment (READONLY, OOM, NOPERM, MISCONF, LOADING, …), so the segment is not published.
 */
public final class PublishRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PublishRefusedException(Segment segment, String error) {
        super("Redis refused records of segment " + segment.firstOffset() + "–" + segment.lastOffset() + ": " + error);
    }
}
