package rocketrides.http;

import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * The ID of a request in the log. It is the client's own {@value #HEADER}, if that is usable, or a random one. Every
 * response carries it, so a client can quote it in a question about the request.
 */
public final class RequestId {
    static final String HEADER = "X-Request-Id";

    private static final Pattern USABLE = Pattern.compile("[!-~]{1,128}");

    private RequestId() {}

    /** Call this for every request, before it is answered. */
    public static void assign(RoutingContext request) {
        var given = request.request().getHeader(HEADER);
        request.response().putHeader(HEADER, given != null && usable(given) ? given : random());
        request.next();
    }

    /** The ID of the request that this response belongs to; null for a request that is not valid HTTP. */
    static String of(HttpServerResponse response) {
        return response.headers().get(HEADER);
    }

    private static boolean usable(String given) {
        return USABLE.matcher(given).matches();
    }

    private static String random() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}
