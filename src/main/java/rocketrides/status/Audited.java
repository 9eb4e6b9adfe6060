package rocketrides.status;

/** Event: the {@link Auditor} has compared the books. */
public record Audited(Status found) {}
