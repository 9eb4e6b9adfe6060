package rocketrides.log;

import java.util.UUID;

/**
 * Identifies a segment of one history. After a restore or a failover, two histories may both have a segment with this
 * first offset. The random tag distinguishes them.
 */
public record SegmentId(long firstOffset, UUID tag) {}
