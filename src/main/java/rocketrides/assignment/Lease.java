package rocketrides.assignment;

/** One partition of a role's work: what a process owns, or does not. A role without partitions has number 0 only. */
public record Lease(String role, int partition) {}
