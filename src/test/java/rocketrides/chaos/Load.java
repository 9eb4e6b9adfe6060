package rocketrides.chaos;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import rocketrides.chaos.Findings.Invariant;
import rocketrides.testing.Pause;

/**
 * Clients that book rides. Request number <i>n</i> books <i>n</i> millimetres, so a distance identifies its request in
 * every table, record and total. A request without a response is repeated with the same idempotency key if the API
 * stores keys, and stays undecided otherwise.
 */
final class Load implements AutoCloseable {
    private static final Set<Integer> NO_RIDE_OR_UNKNOWN = Set.of(409, 425, 500, 503);
    private static final int ATTEMPTS = 20;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final List<URI> apis;
    private final String run;
    private final Acknowledgements acknowledgements;
    private final Findings findings;
    private final AtomicLong number = new AtomicLong();
    private final AtomicLong underWay = new AtomicLong();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean paused = true;
    private volatile boolean closed;
    private boolean keys;

    /** {@code apis}: each client uses one of these first, and the next one if it got no ride. */
    Load(List<URI> apis, String run, Acknowledgements acknowledgements, Findings findings) {
        this.apis = List.copyOf(apis);
        this.run = run;
        this.acknowledgements = acknowledgements;
        this.findings = findings;
    }

    /** Waits for the API, finds out whether it stores keys, and starts the clients, still paused. */
    void start(int threads, int perSecond) {
        long first = number.incrementAndGet();
        long id = 0;
        for (long deadline = System.nanoTime() + 120_000_000_000L; id == 0 && System.nanoTime() < deadline; ) {
            id = attempt(first, 0);
            Pause.millis(100);
        }
        if (id == 0) {
            throw new IllegalStateException("no ride was booked at " + apis.get(0));
        }
        acknowledgements.add(first, id);
        probe(first);
        int pause = 1000 * threads / perSecond;
        for (int i = 0; i < threads; i++) {
            int api = i;
            var client = new Thread(() -> run(pause, api), "client" + i);
            client.start();
            clients.add(client);
        }
        var disk = new Thread(this::force, "acknowledgements");
        disk.start();
        clients.add(disk);
    }

    /** Requests another ride with a used key: an API that stores keys refuses it. */
    private void probe(long taken) {
        long n = number.incrementAndGet();
        var answer = send(n, taken, 0);
        keys = answer != null && answer.statusCode() != 201;
        if (answer != null && !keys) {
            acknowledgements.add(n, id(answer));
        }
    }

    boolean keepsKeys() {
        return keys;
    }

    /** Returns when no request is in progress, or the rest was given up. */
    void pause() {
        paused = true;
        for (int i = 0; i < 2_000 && underWay.get() > 0; i++) {
            Pause.millis(20);
        }
    }

    void resume() {
        paused = false;
    }

    long sent() {
        return number.get();
    }

    private void run(int pause, int api) {
        while (!closed) {
            this.<RuntimeException>book(n -> book(n, api));
            Pause.millis(paused ? 20 : pause);
        }
    }

    /** Books the ride with this number. */
    interface Client<E extends Exception> {
        void book(long number) throws E;
    }

    /** Lets {@code client} book the next ride, unless the load is paused. */
    <E extends Exception> void book(Client<E> client) throws E {
        underWay.incrementAndGet();
        try {
            if (!paused) {
                client.book(number.incrementAndGet());
            }
        } finally {
            underWay.decrementAndGet();
        }
    }

    private void book(long n, int api) {
        for (int i = 0; i < (keys ? ATTEMPTS : 1) && !closed; i++) {
            long id = attempt(n, api + i);
            if (id > 0) {
                acknowledgements.add(n, id);
                return;
            }
            Pause.millis(50L << Math.min(i, 4));
        }
    }

    /** The ride's ID; 0 if there is none, or if that is unknown. */
    private long attempt(long n, int api) {
        var answer = send(n, n, api);
        if (answer == null) {
            return 0;
        }
        int status = answer.statusCode();
        findings.check(
                Invariant.HONEST_API,
                status == 201 || NO_RIDE_OR_UNKNOWN.contains(status),
                "request %d was answered %d %s",
                n,
                status,
                answer.body());
        return status == 201 ? id(answer) : 0;
    }

    private static long id(HttpResponse<String> answer) {
        return new JsonObject(answer.body()).getLong("id");
    }

    /** Null without a response. */
    private HttpResponse<String> send(long n, long key, int api) {
        var request = HttpRequest.newBuilder(apis.get(api % apis.size()))
                .timeout(Duration.ofSeconds(12))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "\"" + run + "-" + key + "\"")
                .POST(HttpRequest.BodyPublishers.ofString("{\"distance\":" + BigDecimal.valueOf(n, 3) + "}"))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private void force() {
        while (!closed) {
            Pause.millis(100);
            try {
                acknowledgements.force();
            } catch (IOException e) {
                findings.check(Invariant.ACKNOWLEDGED_COUNTED_ONCE, false, "cannot record: %s", e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (var client : clients) {
            try {
                client.join(20_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
