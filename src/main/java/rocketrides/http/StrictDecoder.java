package rocketrides.http;

import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpVersion;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.util.List;
import java.util.Set;

/**
 * Refuses a request of another version of HTTP, and one whose end or whose host can be understood in two ways, which the decoder would settle silently: a
 * proxy in front of us that settles it the other way would see other requests than we do. Nothing that comes after such
 * a request is read.
 */
public final class StrictDecoder extends VertxHttpRequestDecoder {

    private static final Set<String> VERSIONS = Set.of("HTTP/1.0", "HTTP/1.1");

    private StrictDecoder(HttpServerOptions options) {
        super(options);
    }

    /** To be called before the connection has read anything. */
    public static void use(HttpConnection connection, HttpServerOptions options) {
        var pipeline =
                ((HttpServerConnection) connection).channelHandlerContext().pipeline();
        pipeline.replace(VertxHttpRequestDecoder.class, "strictDecoder", new StrictDecoder(options));
    }

    /** Vert.x would answer other versions by itself, in that version, and say nothing. */
    @Override
    protected HttpMessage createMessage(String[] initialLine) {
        var version = initialLine[2];
        if (!VERSIONS.contains(version)) {
            throw version.matches("HTTP/\\d\\.\\d")
                    ? new UnknownVersion(version)
                    : new IllegalArgumentException("not a version of HTTP: " + version);
        }
        return super.createMessage(initialLine);
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("both Content-Length and Transfer-Encoding");
    }

    /** Asked once the headers are complete; the only place to look at them all. */
    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        var hosts = message.headers().getAll("Host").size();
        if (hosts > 1 || (hosts == 0 && message.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
            throw new IllegalArgumentException(hosts + " Host headers");
        }
        var encodings = message.headers().getAll("Transfer-Encoding");
        if (!encodings.isEmpty() && !isChunked(encodings)) {
            throw new IllegalArgumentException("Transfer-Encoding: " + encodings);
        }
        return super.isContentAlwaysEmpty(message);
    }

    /** Neither HTTP/1.0 nor HTTP/1.1. */
    static final class UnknownVersion extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        UnknownVersion(String version) {
            super(version);
        }
    }

    private static boolean isChunked(List<String> encodings) {
        return encodings.size() == 1 && encodings.get(0).equalsIgnoreCase("chunked");
    }
}
