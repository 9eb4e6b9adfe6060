package rocketrides.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;

/**
 * The harness's own connection to Redis, independent of the program's. Commands and replies are those of the protocol.
 */
public final class RedisConnection implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;

    public RedisConnection(String address, int port) throws IOException {
        try {
            socket.connect(new InetSocketAddress(address, port), 2_000);
            socket.setSoTimeout(15_000);
            in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Returns a String, Long, List or null. Throws if Redis refuses the command. */
    public Object send(String... words) throws IOException {
        var out = new ByteArrayOutputStream();
        write(out, "*" + words.length);
        for (var word : words) {
            var bytes = word.getBytes(StandardCharsets.UTF_8);
            write(out, "$" + bytes.length);
            out.write(bytes);
            write(out, "");
        }
        socket.getOutputStream().write(out.toByteArray());
        return reply();
    }

    private static void write(ByteArrayOutputStream out, String line) {
        out.writeBytes((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    private Object reply() throws IOException {
        var line = line();
        var rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+' -> rest;
            case ':' -> Long.valueOf(rest);
            case '$' -> bulk(Integer.parseInt(rest));
            case '*' -> list(Integer.parseInt(rest));
            default -> throw new IOException("Redis answers " + line);
        };
    }

    private String bulk(int length) throws IOException {
        if (length < 0) {
            return null;
        }
        var bytes = in.readNBytes(length + 2);
        if (bytes.length < length + 2) {
            throw new EOFException("Redis is gone");
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private Object list(int length) throws IOException {
        if (length < 0) {
            return null;
        }
        var list = new ArrayList<Object>(length);
        for (int i = 0; i < length; i++) {
            list.add(reply());
        }
        return list;
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("Redis is gone");
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
