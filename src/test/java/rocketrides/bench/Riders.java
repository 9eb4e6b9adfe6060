package rocketrides.bench;

import static rocketrides.bench.Rig.await;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The load: clients that book rides over HTTP/1.1, each on its own connection. It does as little as possible, because
 * it runs on the measured machine. Closed loop: each client books again as soon as it has a response. Open loop: rides
 * are due at a fixed rate, independent of the responses, and are measured from when they were due (no coordinated
 * omission).
 */
final class Riders implements AutoCloseable {
    /** When a ride was due, and when it was answered, as {@link System#nanoTime}. */
    record Booking(long id, long due, long answered) {}

    private static final String REQUEST = "POST /rides HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            + "Content-Length: 21\r\n\r\n{\"distance\": ";

    private final Vertx vertx = Vertx.vertx();

    /** A field, because a garbage-collected client closes its connections. */
    private final NetClient client = vertx.createNetClient();

    private final List<NetSocket> idle = new ArrayList<>();
    private final ArrayDeque<Long> due = new ArrayDeque<>();
    private final List<Booking> bookings = new ArrayList<>();
    private final Promise<Void> done = Promise.promise();
    private boolean closedLoop;
    private boolean sending = true;
    private int underWay;
    private long answered;

    Riders(int port, int connections) {
        for (int i = 0; i < connections; i++) {
            var socket = await(client.connect(port, "127.0.0.1"));
            socket.closeHandler(closed -> done.tryFail("VOID: the api has closed a connection"));
            idle.add(socket);
        }
    }

    /** Rides per second, after a warm-up. */
    double flatOut(int warmUpSeconds, int seconds) {
        closedLoop = true;
        var rate = Promise.<Double>promise();
        vertx.runOnContext(begin -> {
            idle.forEach(socket -> book(socket, 0));
            vertx.setTimer(warmUpSeconds * 1000L, warm -> {
                long from = answered;
                long start = System.nanoTime();
                vertx.setTimer(seconds * 1000L, end -> {
                    rate.complete((answered - from) / ((System.nanoTime() - start) / 1e9));
                    sending = false;
                });
            });
        });
        double result = Rig.await(rate.future());
        await(done.future());
        return result;
    }

    /** Sends {@code rate} rides a second. Returns all of them. */
    List<Booking> atRate(int rate, int seconds) {
        vertx.runOnContext(begin -> {
            long start = System.nanoTime();
            long[] sent = {0};
            vertx.setPeriodic(1, tick -> {
                for (; start + sent[0] * 1_000_000_000L / rate <= System.nanoTime(); sent[0]++) {
                    if (sent[0] == (long) rate * seconds) {
                        vertx.cancelTimer(tick);
                        sending = false;
                        completeIfDone();
                        return;
                    }
                    due.add(start + sent[0] * 1_000_000_000L / rate);
                    next();
                }
            });
        });
        try {
            done.future().await(seconds + 30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(rate + " rides/s cannot be sustained here", e);
        }
        return bookings;
    }

    private void next() {
        while (!idle.isEmpty() && !due.isEmpty()) {
            book(idle.remove(idle.size() - 1), due.poll());
        }
    }

    private void book(NetSocket socket, long dueAt) {
        // 100.000 to 999.999 metres, so that all requests have the same length
        int millimetres = ThreadLocalRandom.current().nextInt(100_000, 1_000_000);
        underWay++;
        socket.handler(part -> read(socket, dueAt, part));
        socket.write(
                REQUEST + millimetres / 1000 + "." + String.valueOf(millimetres).substring(3) + "}");
    }

    /** Responses to POST /rides are JSON objects without nested ones. */
    private void read(NetSocket socket, long dueAt, Buffer answer) {
        if (answer.getByte(answer.length() - 1) == '}') {
            answered(socket, dueAt, answer.toString(StandardCharsets.ISO_8859_1));
        } else {
            socket.handler(part -> read(socket, dueAt, answer.copy().appendBuffer(part)));
        }
    }

    private void answered(NetSocket socket, long dueAt, String answer) {
        if (!answer.startsWith("HTTP/1.1 201")) {
            done.tryFail("VOID: a ride was answered with " + answer);
            return;
        }
        underWay--;
        answered++;
        if (closedLoop && sending) {
            book(socket, 0);
        } else {
            if (!closedLoop) {
                long id = Long.parseLong(answer.substring(answer.lastIndexOf(' ') + 1, answer.length() - 1));
                bookings.add(new Booking(id, dueAt, System.nanoTime()));
            }
            idle.add(socket);
            next();
            completeIfDone();
        }
    }

    /** The last response may arrive before it is known to be the last one. */
    private void completeIfDone() {
        if (!sending && underWay == 0 && due.isEmpty()) {
            done.tryComplete();
        }
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
