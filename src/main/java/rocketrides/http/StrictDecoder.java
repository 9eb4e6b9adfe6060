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
 * Refuses a request of another version of HTTP, and one whose end or whose host can be understood in two ways. The decoder
 * of Vert.x settles both silently, before its public API shows anything: a proxy in front that settles them the other way
 * would see other requests than this server does. Nothing that comes after such a request is read.
 */
public final class StrictDecoder extends HttpRequestDecoder {
    private static final Set<String> VERSIONS = Set.of("HTTP/1.0", "HTTP/1.1");

    private StrictDecoder(int maxHeader) {
        super(new HttpDecoderConfig().setMaxHeaderSize(maxHeader));
    }

    /**
     * Takes the place of the decoder of Vert.x, which only makes common header names faster; to be called before the
     * connection has read anything. Throws {@link java.util.NoSuchElementException} if Vert.x has no decoder there.
     *
     * @param maxHeader in bytes
     */
    public static void use(HttpConnection connection, int maxHeader) {
        Wire.of(connection).pipeline().replace(HttpRequestDecoder.class, "strictDecoder", new StrictDecoder(maxHeader));
    }

    /** Vert.x would answer other versions by itself, in that version, and say nothing. */
    @Override
    protected HttpMessage createMessage(String[] initialLine) {
        var version = initialLine[2];
        if (!VERSIONS.contains(version)) {
            throw new Refusal(version.matches("HTTP/\\d\\.\\d") ? 505 : 400, "the version is " + version);
        }
        return new DefaultHttpRequest(
                HttpVersion.valueOf(version), HttpMethod.valueOf(initialLine[0]), initialLine[1], headers());
    }

    /** Of Vert.x, which has to wrap others: that is slower. */
    private static HttpHeaders headers() {
        return io.vertx.core.http.HttpHeaders.headers() instanceof HttpHeaders headers
                ? headers
                : new DefaultHttpHeaders();
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new Refusal(400, "both Content-Length and Transfer-Encoding");
    }

    /** Asked once the headers are complete; the only place to look at them all. */
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
