package rocketrides.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Recognizes environment variables that Kubernetes sets in each pod for each Service of the namespace. A Service named
 * {@code rocket-rides} sets {@code ROCKET_RIDES_SERVICE_HOST=10.0.0.1}, one named {@code api} sets
 * {@code API_PORT=tcp://10.0.0.1:80}. They must not be read as settings.
 */
public final class ServiceLinks {
    private static final String ADDRESS = "=[0-9a-fA-F.:]+";
    private static final String NUMBER = "=[0-9]{1,5}";
    private static final String URL = "=(?:tcp|udp|sctp)://[^\\s/@?#]+:[0-9]{1,5}";
    private static final String PORT = "PORT_[0-9]{1,5}_(?:TCP|UDP|SCTP)";
    private static final Pattern LINK = Pattern.compile("API_PORT" + URL + "|ROCKET_RIDES_(?:[A-Z0-9_]+_)?(?:"
            + "SERVICE_HOST" + ADDRESS
            + "|SERVICE_PORT(?:_[A-Z0-9_]+)?" + NUMBER
            + "|(?:PORT|" + PORT + ")" + URL
            + "|" + PORT + "_(?:PROTO=(?:tcp|udp|sctp)|PORT" + NUMBER + "|ADDR" + ADDRESS + "))");

    private ServiceLinks() {}

    /** The names of such variables that would otherwise be read as settings. */
    public static List<String> in(Map<String, String> environment) {
        return environment.entrySet().stream()
                .filter(variable -> LINK.matcher(variable.getKey() + "=" + variable.getValue())
                        .matches())
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    static Map<String, String> without(Map<String, String> environment) {
        var rest = new HashMap<>(environment);
        rest.keySet().removeAll(in(environment));
        return rest;
    }
}
