package rocketrides.testing;

import java.util.Locale;

/** The role of a part of the program in Postgres and Redis, if the servers have the roles of {@code docs/}. */
public enum TestRole {
    OWNER,
    MONITORING,
    API,
    /** A program in another language, which may only stage records. */
    WRITER,
    STREAMER,
    CONSUMER,
    OPERATOR,
    /** One process with API, streamers and consumers. */
    PROCESS;

    /** The role in Postgres. */
    public String role() {
        return "rocket_rides_" + name().toLowerCase(Locale.ROOT);
    }

    /** The user in Redis. */
    public String user() {
        return switch (this) {
            case OWNER, MONITORING, API, WRITER, OPERATOR -> "rocket_rides_monitoring";
            case STREAMER, CONSUMER, PROCESS -> role();
        };
    }
}
