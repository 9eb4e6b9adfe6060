package rocketrides.servers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What our sessions on Postgres ask for when they begin, and what they must have got. */
final class SessionSettings {
    /**
     * Without these records could get lost, or a statement could last for ever. The others are for speed, and so that a host
     * that vanishes holds nothing for long.
     */
    private static final Set<String> NECESSARY = Set.of(
            "TimeZone",
            "synchronous_commit",
            "default_transaction_isolation",
            "idle_in_transaction_session_timeout",
            "statement_timeout");

    /** Of every session. */
    static final Map<String, String> OF_ALL = inOrder(
            "TimeZone", "UTC",
            "synchronous_commit", "on",
            "default_transaction_isolation", "read committed",
            "idle_in_transaction_session_timeout", "10s",
            "statement_timeout", "30s",
            // planning a save or an insert anew costs as much as doing it, and the plan is always the same
            "plan_cache_mode", "force_generic_plan",
            // Postgres overestimates the statement of the status by far, and would compile it each time, for a second
            "jit", "off",
            // as TcpKeepalive does at our end
            "tcp_keepalives_idle", "" + TcpKeepalive.IDLE_SECONDS,
            "tcp_keepalives_interval", "" + TcpKeepalive.INTERVAL_SECONDS,
            "tcp_keepalives_count", "" + TcpKeepalive.PROBES,
            "tcp_user_timeout", "" + TcpKeepalive.GIVEN_UP_SECONDS * 1000);

    /** A statement prepared while the queue was empty would else scan it as a whole for ever. */
    static final Map<String, String> OF_STREAMERS = inOrder("enable_seqscan", "off");

    private SessionSettings() {}

    /** Text that goes into a SELECT and has the columns name and value. */
    static String toRead(Map<String, String> asked) {
        return "SELECT name, current_setting(name) AS value FROM unnest(ARRAY['" + String.join("','", asked.keySet())
                + "']) AS name";
    }

    static boolean isNecessary(String name) {
        return NECESSARY.contains(name);
    }

    /** remote_apply waits for more than on does. A session through a Unix socket has no TCP, which is told by a 0. */
    static boolean isSatisfied(String name, String wanted, String found) {
        return wanted.equals(found)
                || wanted.equals("on") && found.equals("remote_apply")
                || name.startsWith("tcp_") && found.equals("0");
    }

    /** What a PgBouncer in between has to ignore, as its configuration has it. The first one is the client's own. */
    static String ignored() {
        return Stream.concat(
                        Stream.of("extra_float_digits"),
                        Stream.concat(OF_ALL.keySet().stream(), OF_STREAMERS.keySet().stream()))
                .filter(name -> !name.equals("TimeZone")) // PgBouncer knows that one
                .collect(Collectors.joining(", "));
    }

    private static Map<String, String> inOrder(String... namesAndValues) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            settings.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return settings;
    }
}
