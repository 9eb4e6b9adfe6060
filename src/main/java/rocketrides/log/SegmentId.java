package rocketrides.log;

import java.util.UUID;

/**
 * Names one segment of one history. Two histories, as a restore or a failover leaves them, may both have a segment that
 * begins at the same offset; the random tag tells them apart.
 */
public record SegmentId(long firstOffset, UUID tag) {}
