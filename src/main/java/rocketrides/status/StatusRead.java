package rocketrides.status;

/** Event: the state was read, and the books, if there are any, were compared. */
public record StatusRead(Status now) {}
