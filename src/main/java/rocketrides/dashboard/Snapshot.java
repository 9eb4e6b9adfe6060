package rocketrides.dashboard;

/** Event: what every browser is to show now, as JSON text; empty if there will be no more. */
record Snapshot(String json) {
    static final Snapshot LAST = new Snapshot("");
}
