package rocketrides.dashboard;

/** Event: a control was used. {@code what} describes it for people. */
record Ordered(String what) {}
