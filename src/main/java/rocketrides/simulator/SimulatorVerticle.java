package rocketrides.simulator;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import rocketrides.runtime.Events;
import rocketrides.runtime.Poller;

/**
 * Books random rides at the API in {@code concurrency} loops. While the API is unreachable, one loop retries with
 * back-off, and the others wait for it. Stopping waits for the responses of current requests.
 */
public final class SimulatorVerticle extends VerticleBase {
    private static final Duration WHILE_AWAY = Duration.ofMillis(500);
    private static final int SECONDS = 3;
    private static final Duration UNTIL_ORDERED = Duration.ofDays(1);

    private final String role;
    private final SimulatorSettings settings;
    private final String host;
    private final int port;

    private final Responses responses = new Responses();
    private final List<Poller> loops = new ArrayList<>();
    private HttpClient client;
    private boolean away;
    private Duration paced;
    private int answered;
    private int seconds;

    /**
     * {@code role}: this instance's name, for example {@code simulator0}; {@code host} and {@code port}: those of the
     * API.
     */
    public SimulatorVerticle(String role, SimulatorSettings settings, String host, int port) {
        this.role = role;
        this.settings = settings;
        this.host = host;
        this.port = port;
    }

    @Override
    public Future<?> start() {
        client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout(5_000),
                new PoolOptions().setHttp1MaxSize(settings.concurrency()));
        vertx.setPeriodic(1_000, id -> tick());
        var leader = simulator();
        loops.add(new Poller(vertx, role, () -> lead(leader)));
        IntStream.range(1, settings.concurrency()).forEach(i -> {
            var follower = simulator();
            loops.add(new Poller(vertx, role + "." + i, () -> follow(follower)));
        });
        loops.forEach(Poller::start);
        Events.on(vertx, Events.Pace.class, this::pace);
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return Future.all(loops.stream().map(Poller::stop).toList()).onComplete(stopped -> responses.tick());
    }

    private void tick() {
        responses.tick();
        if (++seconds == SECONDS) {
            Events.publish(vertx, new Events.Answered(role, answered / (double) SECONDS, settings.concurrency()));
            count();
        }
    }

    private void count() {
        seconds = 0;
        answered = 0;
    }

    private Simulator simulator() {
        return new Simulator(client, host, port, settings, responses);
    }

    private Future<Duration> lead(Simulator simulator) {
        return book(simulator).onComplete(done -> away = done.failed());
    }

    /** The leader meets the same outage, so only the leader fails and logs it. */
    private Future<Duration> follow(Simulator simulator) {
        if (away) {
            return Future.succeededFuture(WHILE_AWAY);
        }
        return book(simulator).otherwise(t -> {
            away = true;
            return WHILE_AWAY;
        });
    }

    /** Divides the rate among all loops of the process. At a rate of 0 they wait for the next {@link Events.Pace}. */
    private void pace(Events.Pace wanted) {
        int loopsOfProcess = settings.instances() * settings.concurrency();
        paced = wanted.perSecond() > 0
                ? Duration.ofNanos((long) (1e9 * loopsOfProcess / wanted.perSecond()))
                : UNTIL_ORDERED;
        count();
        loops.forEach(Poller::wake);
    }

    private Future<Duration> book(Simulator simulator) {
        if (paced == UNTIL_ORDERED) {
            return Future.succeededFuture(UNTIL_ORDERED);
        }
        var begun = System.nanoTime();
        return simulator.runOnce().map(pause -> {
            answered++;
            var left = paced == null ? pause : paced.minusNanos(System.nanoTime() - begun);
            return left.isNegative() ? Duration.ZERO : left;
        });
    }
}
