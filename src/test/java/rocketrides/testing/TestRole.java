package rocketrides.testing;

import java.util.Locale;

/** Who a part of the program is to Postgres and Redis, where they know the roles of {@code docs/}. */
public enum TestRole {
    OWNER,
    MONITORING,
    API,
    /** A program in another language, which may stage and do nothing else. */
    WRITER,
    STREAMER,
    CONSUMER,
    OPERATOR,
    /** One process with api, streamers and consumers in it. */
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
