package rocketrides.log;

/** Redis refused a record of a segment, so the segment is not published: READONLY, OOM, NOPERM, MISCONF, LOADING, …. */
public final class PublishRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PublishRefusedException(Segment segment, String error) {
        super("Redis refused records of segment " + segment.firstOffset() + "–" + segment.lastOffset() + ": " + error);
    }
}
