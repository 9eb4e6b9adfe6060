package rocketrides.dashboard;

/**
 * Event: a control was used. It is published before the order itself, so that it arrives before the order's effects.
 *
 * @param text describes it for people
 * @param harm what the order breaks; null if nothing
 * @param of the role or the failure point concerned; null if there is none
 * @param mends whether the order ends that harm
 */
record Ordered(String text, Harm harm, String of, boolean mends) {
    enum Harm {
        STREAM_DELETED,
        STREAMER_CRASHED,
        CONSUMER_CRASHED,
        CONSUMER_PAUSED,
        FAILURES
    }
}
