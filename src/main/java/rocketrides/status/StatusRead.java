package rocketrides.status;

/** Event: the state was read, including the books if there are any. */
public record StatusRead(Status now) {}
