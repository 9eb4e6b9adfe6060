package rocketrides.assignment;

/** One partition of a role, which one process at a time owns. A role without partitions has only partition 0. */
public record Lease(String role, int partition) {}
