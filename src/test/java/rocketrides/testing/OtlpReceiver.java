package rocketrides.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A collector: accepts OTLP over HTTP, and parses the protocol buffers itself. */
public final class OtlpReceiver implements AutoCloseable {
    private final HttpServer server;
    private final List<Received> spans = new CopyOnWriteArrayList<>();
    private final AtomicInteger refused = new AtomicInteger();
    private volatile boolean refusing;

    /** {@code kind}, {@code status}: numbers of the protocol. */
    public record Received(
            String trace,
            String id,
            String parent,
            String name,
            int kind,
            long start,
            long end,
            Map<String, String> attributes,
            int status) {}

    public OtlpReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", this::receive);
        server.start();
    }

    public String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public List<Received> spans() {
        return List.copyOf(spans);
    }

    public List<Received> spans(String trace) {
        return spans.stream().filter(span -> span.trace().equals(trace)).toList();
    }

    /** Starts or stops refusing requests; the spans of refused requests are discarded. */
    public void refuse(boolean wanted) {
        refusing = wanted;
    }

    /** The number of refused requests. */
    public int refused() {
        return refused.get();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void receive(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        boolean understood = exchange.getRequestMethod().equals("POST")
                && exchange.getRequestURI().getPath().equals("/v1/traces")
                && "application/x-protobuf".equals(exchange.getRequestHeaders().getFirst("Content-Type"));
        if (refusing) {
            refused.incrementAndGet();
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
            return;
        }
        if (understood) {
            fields(body, (number, value, resourceSpans) -> {
                if (number == 1) {
                    fields(resourceSpans, (n, v, scopeSpans) -> {
                        if (n == 2) {
                            fields(scopeSpans, (m, w, span) -> {
                                if (m == 2) {
                                    spans.add(span(span));
                                }
                            });
                        }
                    });
                }
            });
        }
        exchange.sendResponseHeaders(understood ? 200 : 404, -1);
        exchange.close();
    }

    private static Received span(byte[] bytes) {
        var texts = new String[] {"", "", "", ""};
        var numbers = new long[4];
        var attributes = new TreeMap<String, String>();
        fields(bytes, (number, value, content) -> {
            switch (number) {
                case 1 -> texts[0] = HexFormat.of().formatHex(content);
                case 2 -> texts[1] = HexFormat.of().formatHex(content);
                case 4 -> texts[2] = HexFormat.of().formatHex(content);
                case 5 -> texts[3] = new String(content, StandardCharsets.UTF_8);
                case 6 -> numbers[0] = value;
                case 7 -> numbers[1] = value;
                case 8 -> numbers[2] = value;
                case 9 -> attribute(content, attributes);
                case 15 ->
                    fields(content, (n, v, message) -> {
                        if (n == 3) {
                            numbers[3] = v;
                        }
                    });
                default -> {}
            }
        });
        return new Received(
                texts[0], texts[1], texts[2], texts[3], (int) numbers[0], numbers[1], numbers[2], attributes, (int)
                        numbers[3]);
    }

    private static void attribute(byte[] bytes, Map<String, String> attributes) {
        var key = new String[1];
        fields(bytes, (number, value, content) -> {
            if (number == 1) {
                key[0] = new String(content, StandardCharsets.UTF_8);
            } else {
                fields(
                        content,
                        (type, plain, text) -> attributes.put(
                                key[0], type == 1 ? new String(text, StandardCharsets.UTF_8) : Long.toString(plain)));
            }
        });
    }

    private interface Field {
        void at(int number, long value, byte[] content);
    }

    private static void fields(byte[] message, Field handler) {
        var in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            int number = tag >>> 3;
            switch (tag & 7) {
                case 0 -> handler.at(number, varint(in), null);
                case 1 -> handler.at(number, in.getLong(), null);
                case 2 -> {
                    var content = new byte[(int) varint(in)];
                    in.get(content);
                    handler.at(number, 0, content);
                }
                case 5 -> handler.at(number, in.getInt(), null);
                default -> throw new IllegalArgumentException("wire type " + (tag & 7));
            }
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }
}
