package rocketrides.servers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Listens where a Redis should be, and gives one and the same answer to every command, or none at all. */
final class FakeRedis implements AutoCloseable {
    private final ServerSocket listener;
    private final String answer;
    private final List<Socket> accepted = new CopyOnWriteArrayList<>();

    /** @param answer a reply without its line end, or null to accept connections and never answer, not even a greeting */
    FakeRedis(String answer) throws IOException {
        this(0, answer);
    }

    FakeRedis(int port, String answer) throws IOException {
        this.listener = new ServerSocket(port, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        this.answer = answer;
        start(this::accept);
    }

    String uri() {
        return "redis://127.0.0.1:" + listener.getLocalPort();
    }

    /** How many connections there have been. */
    int connections() {
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
                if (answer != null) {
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
                String command = "";
                for (int left = Integer.parseInt(head.substring(1)); left > 0; left--) {
                    in.readLine(); // the length
                    String word = in.readLine();
                    command = command.isEmpty() ? word : command;
                }
                String reply = command.equalsIgnoreCase("hello")
                        ? "-ERR unknown command"
                        : command.equalsIgnoreCase("ping") ? "+PONG" : answer;
                out.write((reply + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
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
