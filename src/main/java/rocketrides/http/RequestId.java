package rocketrides.http;

import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * The name under which a request is found in the log: the client's own, if it gave a usable one, or a new one. Every
 * answer tells it, so that a client can say what it is talking about.
 */
public final class RequestId {
    static final String HEADER = "X-Request-Id";

    private static final Pattern USABLE = Pattern.compile("[!-~]{1,128}");

    private RequestId() {}

    /** To be called for every request, before it is answered. */
    public static void assign(RoutingContext request) {
        var given = request.request().getHeader(HEADER);
        request.response().putHeader(HEADER, given != null && usable(given) ? given : random());
        request.next();
    }

    /** Of the request that is answered by this; null if it was not understood well enough to get one. */
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
