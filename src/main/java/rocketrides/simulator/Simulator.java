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
 * Books one random ride after another over real HTTP, each with an idempotency key of its own. While it cannot be known
 * whether a ride was booked (no answer, or a 5xx), asks for the same ride again with the same key: so each ride that
 * was asked for is booked exactly once, unless the process ends in between.
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
                // Ends the request itself, so that one without an answer does not keep its connection.
                .setTimeout(TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS))
                .putHeader("Content-Type", "application/json");
    }

    /** How long to pause before the next. Fails when the api is away or says so; any other answer is an answer. */
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
        // Not if this answer comes so late that the loop is past its ride.
        if (response.statusCode() < SERVER_ERROR && ride == asked) {
            ride = null;
        }
        responses.add(response.statusCode(), body.toString());
        return Future.succeededFuture();
    }

    /** Any whole number of millimetres in the range, both ends included. */
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

    /** An api that listens everywhere is reached through loopback. */
    private static String reachable(String host) {
        return switch (host) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::" -> "::1";
            default -> host;
        };
    }

    /** What is asked for, again and again if need be. */
    private record Ride(String key, BigDecimal distance) {}
}
