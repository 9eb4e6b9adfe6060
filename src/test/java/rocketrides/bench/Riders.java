package rocketrides.bench;

import static rocketrides.bench.Rig.await;

import io.vertx.core.Context;
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
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import rocketrides.testing.Pause;

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
    private final Context context = vertx.getOrCreateContext();

    /** A field, because a garbage-collected client closes its connections. */
    private final NetClient client = vertx.createNetClient();

    private final List<NetSocket> idle = new ArrayList<>();
    private final ArrayDeque<Long> due = new ArrayDeque<>();
    private final List<Booking> bookings = new ArrayList<>();
    private final Promise<Void> done = Promise.promise();
    private boolean closedLoop;
    private boolean sending = true;
    private int underWay;
    private volatile long answered;
    final int port;

    /** All work, also opening the connections, is done on one context. */
    Riders(int port, int connections) {
        this.port = port;
        for (int i = 0; i < connections; i++) {
            var opened = Promise.<NetSocket>promise();
            context.runOnContext(open -> client.connect(port, "127.0.0.1").onComplete(opened));
            var socket = await(opened.future());
            socket.closeHandler(closed -> done.tryFail("VOID: the api has closed a connection"));
            idle.add(socket);
        }
    }

    /** Begins to book flat out. */
    void begin() {
        closedLoop = true;
        context.runOnContext(begin -> List.copyOf(idle).forEach(socket -> book(socket, 0)));
    }

    /** Rides per second from now on. */
    double rate(int seconds) {
        long from = answered;
        long start = System.nanoTime();
        Pause.millis(seconds * 1000L);
        return (answered - from) / ((System.nanoTime() - start) / 1e9);
    }

    /** Returns when all that is under way is answered. */
    void end() {
        context.runOnContext(end -> sending = false);
        await(done.future());
    }

    /** Sends {@code rate} rides a second. Returns all of them. */
    List<Booking> atRate(int rate, int seconds) {
        pace(
                rate,
                seconds,
                dueAt -> context.runOnContext(now -> {
                    due.add(dueAt);
                    next();
                }));
        context.runOnContext(end -> {
            sending = false;
            completeIfDone();
        });
        try {
            done.future().await(30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(rate + " rides/s cannot be sustained here", e);
        }
        return bookings;
    }

    /**
     * Calls {@code send} with the time at which each of the rides is due, when it is due. Uses this thread, because timers
     * of Vert.x have a resolution of a millisecond.
     */
    static void pace(int rate, int seconds, LongConsumer send) {
        long start = System.nanoTime();
        for (long i = 0; i < (long) rate * seconds; i++) {
            long dueAt = start + i * 1_000_000_000L / rate;
            for (long left = dueAt - System.nanoTime(); left > 0; left = dueAt - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            send.accept(dueAt);
        }
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
        answered = answered + 1; // on this context only
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
