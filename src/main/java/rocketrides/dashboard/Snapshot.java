package rocketrides.dashboard;

/** Event: what every browser is to show now, as JSON text. */
record Snapshot(String json) {}
