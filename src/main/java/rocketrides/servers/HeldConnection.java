package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One Redis connection for one owner, opened when it is needed and again after it broke. Every reply is given back, a
 * server's error as a {@link Response} of type ERROR. When a future fails instead, the outcome is unknown: whatever was
 * sent may have been executed. The connection is then dropped and never used again: it may be one on which nobody will
 * ever answer.
 *
 * <p>To be used from one context only. Behind it is a client of its own: one that goes back to a shared pool would take
 * its unanswered commands to the next user.
 */
public final class HeldConnection {
    /** The client's own limit of unanswered commands on a connection; longer pipelines go out in several parts. */
    static final int MAX_UNANSWERED = 16_384;

    /** What the client answers for each command that was under way when the connection closed. */
    private static final String CONNECTION_CLOSED = "CONNECTION_CLOSED";

    private final Vertx vertx;
    private final Supplier<Redis> clients;
    private final Duration timeout;
    private Future<Open> current;

    HeldConnection(Vertx vertx, Supplier<Redis> clients, Duration timeout) {
        this.vertx = vertx;
        this.clients = clients;
        this.timeout = timeout;
    }

    private record Open(Redis client, RedisConnection connection) {}

    /** Completes with the reply, which is null for nil. */
    public Future<Response> send(Request request) {
        return send(request, timeout);
    }

    /** For commands that block in Redis: the limit must leave room for the block. */
    public Future<Response> send(Request request, Duration limit) {
        return exchange(List.of(request), limit).map(replies -> replies.get(0));
    }

    /** Completes with one reply for each request, in their order. */
    public Future<List<Response>> pipeline(List<Request> requests) {
        if (requests.size() <= MAX_UNANSWERED) {
            return exchange(requests, timeout);
        }
        return exchange(requests.subList(0, MAX_UNANSWERED), timeout)
                .compose(first -> pipeline(requests.subList(MAX_UNANSWERED, requests.size()))
                        .map(rest -> {
                            List<Response> all = new java.util.ArrayList<>(first);
                            all.addAll(rest);
                            return all;
                        }));
    }

    /**
     * Sends all in one write, which costs far less than a pipeline does. Completes with what the server refused: one
     * error for each such request, in order; the others were executed, and their replies are not given back.
     */
    public Future<List<String>> batch(List<Request> requests) {
        int count = Math.min(requests.size(), MAX_UNANSWERED);
        if (count == 0) {
            return Future.succeededFuture(List.of());
        }
        Future<List<String>> errors = open().compose(open -> open.connection()
                .batch(requests.subList(0, count))
                .map(List.<String>of())
                .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .recover(failure -> isFromServer(failure)
                        ? Future.succeededFuture(failure.getMessage().lines().toList()) // the client's own format
                        : Future.failedFuture(failure))
                .onFailure(failure -> drop(open)));
        return count == requests.size()
                ? errors
                : errors.compose(first -> batch(requests.subList(count, requests.size()))
                        .map(rest ->
                                Stream.concat(first.stream(), rest.stream()).toList()));
    }

    /** The next use opens a new connection. */
    public Future<Void> close() {
        Future<Open> open = current;
        current = null;
        return open == null
                ? Future.succeededFuture()
                : open.transform(
                        opened -> opened.succeeded() ? opened.result().client().close() : Future.succeededFuture());
    }

    private Future<List<Response>> exchange(List<Request> requests, Duration limit) {
        if (requests.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        return open().compose(open -> send(open, requests)
                .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(failure -> drop(open)));
    }

    /**
     * One send for each request and not {@code batch()}: that loses all replies when one of them is an error. But each
     * send is a system call, unless it happens while the connection is being read: then all go out at once (3 µs instead
     * of 8 for each). So the first request goes alone, and its reply brings that moment for the others.
     */
    private static Future<List<Response>> send(Open open, List<Request> requests) {
        Response[] replies = new Response[requests.size()];
        return send(open, requests, replies, 0, 1)
                .compose(first -> send(open, requests, replies, 1, replies.length))
                .map(rest -> Arrays.asList(replies));
    }

    private static Future<Void> send(Open open, List<Request> requests, Response[] replies, int from, int to) {
        if (from == to) {
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        int[] unanswered = {to - from};
        for (int i = from; i < to && !promise.future().isComplete(); i++) {
            int index = i;
            open.connection().send(requests.get(i)).onComplete(reply -> {
                if (reply.failed() && !isFromServer(reply.cause())) {
                    promise.tryFail(reply.cause());
                    return;
                }
                replies[index] = reply.failed() ? (Response) reply.cause() : reply.result();
                if (--unanswered[0] == 0) {
                    promise.tryComplete();
                }
            });
        }
        return promise.future();
    }

    private static boolean isFromServer(Throwable cause) {
        return cause instanceof Response && !cause.getMessage().contains(CONNECTION_CLOSED);
    }

    private Future<Open> open() {
        if (current == null) {
            Redis client = clients.get();
            Promise<Open> opening = Promise.promise();
            current = opening.future();
            client.connect().timeout(timeout.toMillis(), TimeUnit.MILLISECONDS).onComplete(connected -> {
                Open open = new Open(client, connected.result());
                if (connected.failed()) {
                    forget(opening.future());
                    client.close();
                    opening.fail(connected.cause());
                    return;
                }
                open.connection().endHandler(closed -> drop(open)).exceptionHandler(failure -> drop(open));
                opening.complete(open);
            });
            return opening.future();
        }
        return current;
    }

    private void drop(Open open) {
        if (current != null && current.result() == open) {
            current = null;
        }
        open.client().close();
    }

    private void forget(Future<Open> opening) {
        if (current == opening) {
            current = null;
        }
    }
}
