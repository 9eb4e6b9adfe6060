package rocketrides.dashboard;

/** What the parts of the page tell each other, on the event bus of this process. */
final class Bus {
    /** The state of everything, as JSON text, for every browser; empty when there will be no more. */
    static final String SNAPSHOT = "dashboard.snapshot";

    /** What a person has ordered through the page, in words. */
    static final String ORDERED = "dashboard.ordered";

    /** Asks that the stream's Redis be flushed; answered when that is done. */
    static final String FLUSH = "dashboard.flush";

    private Bus() {}
}
