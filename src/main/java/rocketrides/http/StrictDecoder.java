package rocketrides.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.vertx.core.http.HttpConnection;
import java.util.Set;

/**
 * Refuses ambiguous requests, which make request smuggling possible: other versions of HTTP, several Host headers or
 * none, both Content-Length and Transfer-Encoding. The decoder of Vert.x resolves such ambiguities silently, below its
 * public API. A proxy in front of this server might resolve them differently and see other requests. After a refusal,
 * nothing more is read from the connection.
 */
public final class StrictDecoder extends HttpRequestDecoder {
    private static final Set<String> VERSIONS = Set.of("HTTP/1.0", "HTTP/1.1");

    private StrictDecoder(int maxHeader) {
        super(new HttpDecoderConfig().setMaxHeaderSize(maxHeader));
    }

    /**
     * Replaces the decoder of Vert.x, which adds nothing but faster parsing of common header names. Call this before
     * the connection has read anything. Throws {@link java.util.NoSuchElementException} if the pipeline has no decoder.
     *
     * @param maxHeader in bytes
     */
    public static void use(HttpConnection connection, int maxHeader) {
        Wire.of(connection).pipeline().replace(HttpRequestDecoder.class, "strictDecoder", new StrictDecoder(maxHeader));
    }

    /** Without this check, Vert.x would answer other versions itself, in that version, without any log. */
    @Override
    protected HttpMessage createMessage(String[] initialLine) {
        var version = initialLine[2];
        if (!VERSIONS.contains(version)) {
            throw new Refusal(version.matches("HTTP/\\d\\.\\d") ? 505 : 400, "the version is " + version);
        }
        return new DefaultHttpRequest(
                HttpVersion.valueOf(version), HttpMethod.valueOf(initialLine[0]), initialLine[1], headers());
    }

    /** Vert.x would wrap headers of another class, which is slower. */
    private static HttpHeaders headers() {
        return io.vertx.core.http.HttpHeaders.headers() instanceof HttpHeaders headers
                ? headers
                : new DefaultHttpHeaders();
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new Refusal(400, "both Content-Length and Transfer-Encoding");
    }

    /** Netty calls this once the headers are complete. No other method sees all headers. */
    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        var hosts = message.headers().getAll("Host").size();
        if (hosts > 1 || (hosts == 0 && message.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
            throw new Refusal(400, hosts + " Host headers");
        }
        var encodings = message.headers().getAll("Transfer-Encoding");
        if (!encodings.isEmpty() && !(encodings.size() == 1 && encodings.get(0).equalsIgnoreCase("chunked"))) {
            throw new Refusal(400, "Transfer-Encoding: " + encodings);
        }
        return super.isContentAlwaysEmpty(message);
    }
}
