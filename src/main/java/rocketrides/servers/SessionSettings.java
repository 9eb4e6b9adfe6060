package rocketrides.servers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The settings that Postgres sessions ask for at their start, and the check that they have them. */
final class SessionSettings {
    /**
     * Without these settings, records could be lost or a statement could run for ever. The other settings make
     * statements faster, and make Postgres release the sessions and locks of a vanished host soon.
     */
    private static final Set<String> NECESSARY = Set.of(
            "TimeZone",
            "synchronous_commit",
            "default_transaction_isolation",
            "idle_in_transaction_session_timeout",
            "statement_timeout");

    /** For every session. */
    static final Map<String, String> OF_ALL = inOrder(
            "TimeZone", "UTC",
            "synchronous_commit", "on",
            "default_transaction_isolation", "read committed",
            "idle_in_transaction_session_timeout", "10s",
            "statement_timeout", "30s",
            // planning a save or an insert costs as much as executing it, and the plan is always the same
            "plan_cache_mode", "force_generic_plan",
            // Postgres overestimates the cost of the status query by far, and would compile it each time, which takes a
            // second
            "jit", "off",
            // the same limits as TcpKeepalive sets at our end
            "tcp_keepalives_idle", "" + TcpKeepalive.IDLE_SECONDS,
            "tcp_keepalives_interval", "" + TcpKeepalive.INTERVAL_SECONDS,
            "tcp_keepalives_count", "" + TcpKeepalive.PROBES,
            "tcp_user_timeout", "" + TcpKeepalive.GIVEN_UP_SECONDS * 1000);

    /**
     * For the sessions of streamers. A statement that is planned while the queue is empty would otherwise scan the whole
     * queue from then on.
     */
    static final Map<String, String> OF_STREAMERS = new LinkedHashMap<>(OF_ALL);

    static {
        OF_STREAMERS.put("enable_seqscan", "off");
    }

    private SessionSettings() {}

    /** The SELECT that reads the current values. Its columns are name and value. */
    static String toRead(Map<String, String> asked) {
        return "SELECT name, current_setting(name) AS value FROM unnest(ARRAY['" + String.join("','", asked.keySet())
                + "']) AS name";
    }

    static boolean isNecessary(String name) {
        return NECESSARY.contains(name);
    }

    /** {@code remote_apply} gives more than {@code on}. A session on a Unix socket has no TCP, and reports 0. */
    static boolean isSatisfied(String name, String wanted, String found) {
        return wanted.equals(found)
                || wanted.equals("on") && found.equals("remote_apply")
                || name.startsWith("tcp_") && found.equals("0");
    }

    /**
     * The settings that a PgBouncer in between must ignore, as a value for its configuration. The first one is the
     * client's own.
     */
    static String ignored() {
        return Stream.concat(Stream.of("extra_float_digits"), OF_STREAMERS.keySet().stream())
                .filter(name -> !name.equals("TimeZone")) // PgBouncer supports this one
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
