package rocketrides.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Listens like a Redis server, and answers as the test says, or not at all. */
public final class FakeRedis implements AutoCloseable {
    private final ServerSocket listener;
    private final Function<List<String>, String> answers;
    private final List<Socket> accepted = new CopyOnWriteArrayList<>();

    /**
     * @param answer a reply without its line end; null to accept connections and never answer, not even the
     *     greeting
     */
    public FakeRedis(String answer) throws IOException {
        this(0, answer);
    }

    public FakeRedis(int port, String answer) throws IOException {
        this(port, answer == null ? null : command -> greeting(command).orElse(answer));
    }

    /** @param answers maps the words of a command to a reply without its last line end */
    public FakeRedis(Function<List<String>, String> answers) throws IOException {
        this(0, answers);
    }

    private FakeRedis(int port, Function<List<String>, String> answers) throws IOException {
        this.listener = new ServerSocket(port, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        this.answers = answers;
        start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** The reply to a client's first command. */
    public static Optional<String> greeting(List<String> command) {
        return switch (command.get(0).toLowerCase(Locale.ROOT)) {
            case "hello" -> Optional.of("-ERR unknown command");
            case "ping" -> Optional.of("+PONG");
            default -> Optional.empty();
        };
    }

    public String uri() {
        return "redis://127.0.0.1:" + port();
    }

    /** The number of connections so far. */
    public int connections() {
        return accepted.size();
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "fake Redis");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                accepted.add(socket);
                if (answers != null) {
                    start(() -> answer(socket));
                }
            }
        } catch (IOException e) {
            if (!listener.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void answer(Socket socket) {
        try {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            OutputStream out = socket.getOutputStream();
            for (String head = in.readLine(); head != null; head = in.readLine()) {
                List<String> command = new ArrayList<>();
                for (int left = Integer.parseInt(head.substring(1)); left > 0; left--) {
                    in.readLine(); // the length
                    command.add(in.readLine());
                }
                out.write((answers.apply(command) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            // the client has gone
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : accepted) {
            socket.close();
        }
    }
}
