package rocketrides.simulator;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import rocketrides.runtime.HostAndPort;

/**
 * Books one random ride after another over HTTP, each with its own idempotency key. If a request's outcome is unknown
 * (no response, or a 5xx), it repeats the request with the same key. So each ride is booked exactly once, unless the
 * process ends in between.
 */
final class Simulator {
    private static final long TIMEOUT_SECONDS = 5;
    private static final int UNAVAILABLE = 503;
    private static final int SERVER_ERROR = 500;

    private final HttpClient client;
    private final RequestOptions target;
    private final SimulatorSettings settings;
    private final Responses responses;
    private Ride ride;

    Simulator(HttpClient client, String host, int port, SimulatorSettings settings, Responses responses) {
        this.client = client;
        this.settings = settings;
        this.responses = responses;
        this.target = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setServer(SocketAddress.inetSocketAddress(port, reachable(host)))
                .setHost(HostAndPort.bracketed(reachable(host)))
                .setPort(port)
                .setURI("/rides")
                // The client aborts the request at this time limit, which frees its connection.
                .setTimeout(TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS))
                .putHeader("Content-Type", "application/json");
    }

    /** Completes with the pause before the next request. Fails if the API is unreachable or answers 503. */
    Future<Duration> runOnce() {
        if (ride == null) {
            ride = new Ride(UUID.randomUUID().toString(), distance());
        }
        var asked = ride;
        return client.request(target)
                .compose(request -> book(asked, request))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .map(ignored -> pause());
    }

    private Future<Void> book(Ride asked, HttpClientRequest request) {
        return request.putHeader("Idempotency-Key", '"' + asked.key + '"')
                .send(Buffer.buffer("{\"distance\": " + asked.distance + "}"))
                .compose(response -> response.body().compose(body -> answered(asked, response, body)));
    }

    private Future<Void> answered(Ride asked, HttpClientResponse response, Buffer body) {
        if (response.statusCode() == UNAVAILABLE) {
            return Future.failedFuture("the api answers 503 " + body);
        }
        // If this response is late, the loop has timed out and may have begun another ride.
        if (response.statusCode() < SERVER_ERROR && ride == asked) {
            ride = null;
        }
        responses.add(response.statusCode(), body.toString());
        return Future.succeededFuture();
    }

    /** A random whole number of millimetres in the range, both ends included. */
    private BigDecimal distance() {
        var min = millimetres(settings.minDistance());
        var max = millimetres(settings.maxDistance());
        return BigDecimal.valueOf(ThreadLocalRandom.current().nextLong(min, max + 1), 3);
    }

    private Duration pause() {
        var pause = settings.pause();
        var random = ThreadLocalRandom.current();
        return Duration.ofMillis(
                random.nextLong(pause.min().toMillis(), pause.max().toMillis() + 1));
    }

    private static long millimetres(BigDecimal metres) {
        return metres.movePointRight(3).longValueExact();
    }

    /** An API that listens on all addresses is reached through loopback. */
    private static String reachable(String host) {
        return switch (host) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::" -> "::1";
            default -> host;
        };
    }

    /** A ride to book. A retry uses the same one. */
    private record Ride(String key, BigDecimal distance) {}
}
