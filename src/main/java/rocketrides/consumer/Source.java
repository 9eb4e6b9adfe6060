package rocketrides.consumer;

import rocketrides.log.RideStream;
import rocketrides.log.SegmentStore;

/**
 * Where a consumer reads the log.
 *
 * @param stream the consumer's own: its blocking reads would hold up others
 */
public record Source(SegmentStore archive, RideStream stream) {}
