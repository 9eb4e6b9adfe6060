package rocketrides.servers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The settings that Postgres sessions ask for at their start, and the check that they have them. */
final class SessionSettings {
    /** For every session. */
    static final Map<String, String> OF_ALL = new LinkedHashMap<>();

    /** Without these settings, records could be lost or a statement could run for ever. */
    static final Set<String> NECESSARY;

    /** For the sessions of streamers. */
    static final Map<String, String> OF_STREAMERS;

    static {
        OF_ALL.put("TimeZone", "UTC");
        OF_ALL.put("synchronous_commit", "on");
        OF_ALL.put("default_transaction_isolation", "read committed");
        OF_ALL.put("idle_in_transaction_session_timeout", "10s");
        OF_ALL.put("statement_timeout", "30s");
        NECESSARY = Set.copyOf(OF_ALL.keySet());
        // planning a save or an insert costs as much as executing it, and the plan is always the same
        OF_ALL.put("plan_cache_mode", "force_generic_plan");
        // Postgres overestimates the cost of the status query by far, and would compile it each time, for a second
        OF_ALL.put("jit", "off");
        // Postgres then releases the sessions and locks of a vanished host soon, as TcpKeepalive does at our end
        OF_ALL.put("tcp_keepalives_idle", "" + TcpKeepalive.IDLE_SECONDS);
        OF_ALL.put("tcp_keepalives_interval", "" + TcpKeepalive.INTERVAL_SECONDS);
        OF_ALL.put("tcp_keepalives_count", "" + TcpKeepalive.PROBES);
        OF_ALL.put("tcp_user_timeout", "" + TcpKeepalive.GIVEN_UP_SECONDS * 1000);
        OF_STREAMERS = new LinkedHashMap<>(OF_ALL);
        // a statement that is planned while the queue is empty would otherwise scan the whole queue from then on
        OF_STREAMERS.put("enable_seqscan", "off");
    }

    private SessionSettings() {}

    /** The SELECT that reads the current values. Its columns are name and value. */
    static String toRead(Map<String, String> asked) {
        return "SELECT name, current_setting(name) AS value FROM unnest(ARRAY['" + String.join("','", asked.keySet())
                + "']) AS name";
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
}
