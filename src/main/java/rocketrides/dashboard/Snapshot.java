package rocketrides.dashboard;

/** Event: the state for all browsers to show, as JSON. */
record Snapshot(String json) {}
