package rocketrides.consumer;

/**
 * What a process remembers of a consumer's checkpoint, also while the consumer is not deployed here: Postgres being away ends
 * the lease of its role. If the checkpoint has gone back afterwards, and not by a rewind, acknowledged writes are lost. Used on
 * one context at a time.
 */
public final class Reached {
    /** The highest offset that is known to be saved. */
    long offset;

    /** The consumer's number of rewinds when its checkpoint was last loaded. */
    long rewinds;
}
