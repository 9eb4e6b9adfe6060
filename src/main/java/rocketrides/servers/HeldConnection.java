package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One Redis connection for one owner, opened when it is needed and again after it broke. A server's error is a reply, too: a
 * {@link Response} of type ERROR. When a future fails instead, the outcome is unknown: whatever was sent may have been
 * executed. The connection is then dropped and never used again: it may be one on which nobody will ever answer. Connecting
 * and every answer have a time limit; past it the future fails with a {@link java.util.concurrent.TimeoutException}.
 *
 * <p>An error that means "not this server", or "not now" ({@link #ELSEWHERE}), is given back like any other, and the
 * connection is dropped as well: the next use finds out anew where to connect to. Whatever else was under way on that connection fails.
 *
 * <p>What it works around in vertx-redis-client 5.0.10; with these mended, a connection of the client's pool would do:
 * <ul>
 *   <li>{@code PooledRedisConnection.close} gives a connection back to the pool with its unanswered commands, whose answers
 *       the next user gets. So there is a client for each connection, which is closed with it.
 *   <li>No command has a time limit. So every future has one here.
 *   <li>{@code RedisStandaloneConnection.batch} fails if the server refuses one command, and gives back no replies but one
 *       text: a line {@code ERR [n] …} for each error, without the code {@code ERR}. So a batch gives back errors only.
 *   <li>{@code RedisStandaloneConnection.end} answers what was under way when the connection closed with
 *       {@code CONNECTION_CLOSED}, in the form of a server's error; in a batch it is one line among others. So its text tells.
 *   <li>{@code RedisStandaloneConnection} refuses more than {@code maxWaitingHandlers} unanswered commands. So a longer batch
 *       goes out in several parts.
 * </ul>
 *
 * <p>To be used from one context only.
 */
public final class HeldConnection {
    /** The client's own limit of unanswered commands on a connection; longer batches go out in several parts. */
    static final int MAX_UNANSWERED = 16_384;

    /** What the client answers for each command that was under way when the connection closed. */
    private static final String CONNECTION_CLOSED = "CONNECTION_CLOSED";

    /** The codes of the errors of a server that is, for now at least, the wrong one to ask. */
    private static final Set<String> ELSEWHERE = Set.of(
            "READONLY", // a replica: its master is another one
            "MASTERDOWN", // a replica that has lost its master
            "NOREPLICAS", // a master that its replicas have left
            "UNBLOCKED", // became a replica during a blocking read
            "MOVED",
            "ASK",
            "TRYAGAIN",
            "CLUSTERDOWN",
            "LOADING");

    /** How the client numbers the errors of a batch; it also takes the code ERR away. */
    private static final Pattern NUMBERED = Pattern.compile("ERR \\[\\d+] ");

    /** The name of an exception, which stands in a batch's error in the place of a code when the connection broke. */
    private static final Pattern EXCEPTION = Pattern.compile("(\\w+\\.)+\\w+:?");

    private final Vertx vertx;
    private final Supplier<Future<Redis>> clients;
    private final Duration timeout;
    private Future<Open> current;

    /** {@code clients}: asked each time that the connection is opened; a client knows one server. */
    HeldConnection(Vertx vertx, Supplier<Future<Redis>> clients, Duration timeout) {
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
        return open().compose(open -> open.connection()
                .send(request)
                .recover(HeldConnection::reply)
                .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(failure -> drop(open))
                .onSuccess(reply -> dropIf(isElsewhere(reply), open)));
    }

    /**
     * Sends all in one write. Completes with what the server refused: one error for each such request, in order; the others
     * were executed, and their replies are not given back.
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
                .recover(HeldConnection::refusals)
                .onFailure(failure -> drop(open))
                .onSuccess(refused -> dropIf(refused.stream().anyMatch(HeldConnection::isElsewhere), open)));
        return count == requests.size()
                ? errors
                : errors.compose(first -> batch(requests.subList(count, requests.size()))
                        .map(rest ->
                                Stream.concat(first.stream(), rest.stream()).toList()));
    }

    /**
     * The next use opens a new connection. Completes when this one is closed, or when the time limit is over: a close waits
     * until the server has taken what was written, which one that stands still never does. Never fails.
     */
    public Future<Void> close() {
        Future<Open> open = current;
        current = null;
        return open == null
                ? Future.succeededFuture()
                : open.compose(opened -> opened.client().close())
                        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                        .otherwiseEmpty();
    }

    private static Future<Response> reply(Throwable failure) {
        return failure instanceof Response error && !failure.getMessage().equals(CONNECTION_CLOSED)
                ? Future.succeededFuture(error)
                : Future.failedFuture(failure);
    }

    /** The lines of a batch's error, which are the client's own format; fails if one command has no answer. */
    private static Future<List<String>> refusals(Throwable failure) {
        if (failure instanceof Response) {
            List<String> lines = failure.getMessage().lines().toList();
            if (lines.stream().map(HeldConnection::code).noneMatch(HeldConnection::isUnanswered)) {
                return Future.succeededFuture(lines);
            }
        }
        return Future.failedFuture(failure);
    }

    private static boolean isUnanswered(String code) {
        return code.equals(CONNECTION_CLOSED) || EXCEPTION.matcher(code).matches();
    }

    private static boolean isElsewhere(Response reply) {
        return reply != null && reply.type() == ResponseType.ERROR && isElsewhere(reply.toString());
    }

    private static boolean isElsewhere(String error) {
        return ELSEWHERE.contains(code(error));
    }

    /** The first word of an error; what follows is a text for people, in which any word may stand. */
    private static String code(String error) {
        String text = NUMBERED.matcher(error).lookingAt() ? error.substring(error.indexOf(']') + 2) : error;
        int end = text.indexOf(' ');
        return end < 0 ? text : text.substring(0, end);
    }

    private Future<Open> open() {
        if (current == null) {
            Promise<Open> opening = Promise.promise();
            current = opening.future();
            clients.get()
                    .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .compose(this::connect)
                    .onFailure(failure -> forget(opening.future()))
                    .onSuccess(open ->
                            open.connection().endHandler(closed -> drop(open)).exceptionHandler(failure -> drop(open)))
                    .onComplete(opening);
            return opening.future();
        }
        return current;
    }

    private Future<Open> connect(Redis client) {
        return client.connect()
                .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .map(connection -> new Open(client, connection))
                .onFailure(failure -> client.close());
    }

    private void dropIf(boolean wrong, Open open) {
        if (wrong) {
            drop(open);
        }
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
