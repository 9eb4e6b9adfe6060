package rocketrides.simulation;

/** The events of a schedule. The first one is normal work; the others are counted as faults. */
enum Fault {
    RIDES("rides are booked"),

    API_ROLLBACK("a transaction rolls back after drawing ids"),
    SLOW_WRITER("a transaction draws ids early and commits late"),
    STREAMER_CRASH("a streamer's process dies"),
    CONSUMER_CRASH("a consumer's process dies"),
    STREAMER_ZOMBIE("a streamer freezes, another takes its place, the first goes on"),
    CONSUMER_ZOMBIE("a consumer freezes, another takes its name, the first goes on"),
    STREAMER_TWIN("one more streamer"),
    CONSUMER_TWIN("one more process with a consumer's name"),
    OWNER_MOVES("a partition gets another streamer, or one more"),
    LAYOUT_CHANGES("the number of partitions changes"),
    LATE_CONSUMER("a new consumer registers"),
    REWIND("an operator rewinds a consumer to the beginning"),
    PAUSE("a process freezes for a while"),
    AFTER_PUBLISH("the fault point between publish and mark strikes"),
    BEFORE_SAVE("the fault point before a save strikes"),
    SQL_LOST("a statement's connection breaks; it rolls back or never began"),
    SQL_UNKNOWN("a statement's connection breaks; it goes on"),
    SQL_ORPHAN("a statement's connection breaks; it goes on much later"),
    REDIS_LOST("a command's connection breaks; what has not happened does not"),
    REDIS_UNKNOWN("a command's connection breaks; it goes on"),
    REDIS_ORPHAN("a command's connection breaks; it goes on much later"),
    XADD_REFUSED("some XADD are refused, in the middle of a pipeline"),
    FLUSHALL("the stream is gone: FLUSHALL, DEL, eviction"),
    LOST_TAIL("Redis restarts without its newest entries"),
    REDIS_RESTART("Redis restarts with everything"),
    TRIM("the stream's oldest entries are trimmed"),
    XDEL("an entry in the middle is deleted"),
    FOREIGN_ENTRY("somebody else writes into the stream"),
    REDIS_CLOCK("the clock of Redis leaps forward or back"),
    CLIENT_CLOCK("the clocks of all clients leap forward"),
    POSTGRES_CLOCK("the clock of Postgres leaps forward or back"),
    POSTGRES_CRASH("Postgres crashes and recovers"),
    SEQUENCE_SET_BACK("somebody sets the sequence of staged ids back"),
    BACKUP("a backup is taken"),
    RESTORE("Postgres is restored from the backup; everybody else keeps the abandoned history");

    final String text;

    Fault(String text) {
        this.text = text;
    }

    boolean counts() {
        return this != RIDES && this != BACKUP;
    }
}
