package rocketrides.dashboard;

/** Event: what a person has ordered through the page, in words. */
record Ordered(String what) {}
