package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One Redis connection with one owner. It is opened at its first use, and again after it broke. Use it from one context
 * only.
 *
 * <p>An error reply of the server is a {@link Response} of type ERROR, not a failure. If a future fails, the outcome is
 * unknown: the command may or may not have been executed. The message names the server and a reason. The connection is
 * then dropped, because later replies on it might never come. Connecting and each reply have a time limit, after which
 * the future fails with a {@link java.util.concurrent.TimeoutException}.
 *
 * <p>An error that means "ask another server" or "ask later" ({@link #ELSEWHERE}) is returned like any other. The
 * connection is dropped as well, so the next use looks up the server again. Other commands in progress on that
 * connection fail.
 *
 * <p>This class works around the following behaviour of vertx-redis-client 5.0.10. Without it, a connection of the
 * client's pool would do.
 * <ul>
 *   <li>{@code PooledRedisConnection.close} returns a connection to the pool while commands are unanswered. The next
 *       user then gets their replies. Here, each connection has a client of its own, and both are closed together.
 *   <li>Commands have no time limit. Here, each future has one.
 *   <li>{@code RedisStandaloneConnection.batch} fails if the server refuses one command. The failure holds no
 *       replies, only a text with a line {@code ERR [n] …} for each error, where the code {@code ERR} itself is left out.
 *       Here, a batch returns only the errors.
 *   <li>A batch succeeds although a command between MULTI and EXEC was refused. The error is inside of the reply to EXEC.
 *       Here, it is returned like the others.
 *   <li>{@code RedisStandaloneConnection.end} fails the commands in progress with {@code CONNECTION_CLOSED}, which
 *       has the form of a server's error; in a batch it is one line among others. Here, this text is recognized.
 * </ul>
 */
public final class HeldConnection {
    /** The client's limit of unanswered commands on a connection. It refuses further ones. */
    static final int MAX_UNANSWERED = 16_384;

    /** The client's text for each command that was in progress when the connection closed. */
    private static final String CONNECTION_CLOSED = "CONNECTION_CLOSED";

    /** The codes of errors that mean: this server is, at least for now, the wrong one to ask. */
    private static final Set<String> ELSEWHERE = Set.of(
            "READONLY", // it is a replica
            "MASTERDOWN", // it is a replica without a master
            "NOREPLICAS", // it is a master with too few replicas
            "UNBLOCKED", // it became a replica during a blocking read
            "MOVED",
            "ASK",
            "TRYAGAIN",
            "CLUSTERDOWN",
            "LOADING");

    /**
     * The prefix that the client puts before each error of a batch. It replaces the code ERR, and precedes other codes.
     */
    private static final Pattern NUMBERED = Pattern.compile("ERR \\[\\d+] ");

    /** The class name of an exception. If the connection broke, it stands in a batch's error in place of a code. */
    private static final Pattern EXCEPTION = Pattern.compile("(\\w+\\.)+\\w+:?");

    private final Vertx vertx;
    private final Supplier<Future<Redis>> clients;
    private final Duration timeout;
    private final Function<Throwable, Throwable> explained;
    private Future<Open> current;

    /**
     * @param clients called each time the connection is opened. The client it provides connects to one server
     * @param explained makes of a failure of the client one that names the server
     */
    HeldConnection(
            Vertx vertx, Supplier<Future<Redis>> clients, Duration timeout, Function<Throwable, Throwable> explained) {
        this.vertx = vertx;
        this.clients = clients;
        this.timeout = timeout;
        this.explained = explained;
    }

    private record Open(Redis client, RedisConnection connection) {}

    /** Completes with the reply, which is null for nil. */
    public Future<Response> send(Request request) {
        return send(request, timeout);
    }

    /** {@code limit}: time limit of the reply. For a command that blocks in Redis it must be longer than the block. */
    public Future<Response> send(Request request, Duration limit) {
        return open().compose(open -> open.connection()
                        .send(request)
                        .recover(HeldConnection::reply)
                        .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                        .onFailure(failure -> drop(open))
                        .onSuccess(reply -> dropIf(isElsewhere(reply), open)))
                .recover(failure -> Future.failedFuture(explained.apply(failure)));
    }

    /**
     * The same as {@link #batch}, but nobody sees a part of the effects: MULTI and EXEC surround the requests. If one of
     * them is refused before EXEC, none is executed.
     */
    public Future<List<String>> transaction(List<Request> requests) {
        return batch(Stream.of(
                        Stream.of(Request.cmd(Command.MULTI)), requests.stream(), Stream.of(Request.cmd(Command.EXEC)))
                .flatMap(part -> part)
                .toList());
    }

    /**
     * Sends all requests in one write. Completes with the errors of the requests that the server refused, in order. All
     * other requests were executed; their replies are not returned.
     */
    public Future<List<String>> batch(List<Request> requests) {
        return open().compose(open -> open.connection()
                        .batch(requests)
                        .map(HeldConnection::errorsOfTransaction)
                        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                        .recover(HeldConnection::refusals)
                        .onFailure(failure -> drop(open))
                        .onSuccess(refused -> dropIf(refused.stream().anyMatch(HeldConnection::isElsewhere), open)))
                .recover(failure -> Future.failedFuture(explained.apply(failure)));
    }

    /**
     * Closes the connection; the next use opens a new one. Completes when the connection is closed or after the time
     * limit. The limit is needed because closing waits until the server has read what was written, which a server that
     * hangs never does. Never fails.
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

    private static List<String> errorsOfTransaction(List<Response> replies) {
        var last = replies.get(replies.size() - 1);
        return last == null || last.type() != ResponseType.MULTI
                ? List.of()
                : last.stream()
                        .filter(reply -> reply != null && reply.type() == ResponseType.ERROR)
                        .map(Response::toString)
                        .toList();
    }

    private static Future<Response> reply(Throwable failure) {
        return failure instanceof Response error && !failure.getMessage().equals(CONNECTION_CLOSED)
                ? Future.succeededFuture(error)
                : Future.failedFuture(failure);
    }

    /**
     * Splits the text of a batch's error, which is in the client's own format, into one error a line. Fails if one of
     * the commands has no reply.
     */
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

    /** The first word of an error. The rest is free text. */
    private static String code(String error) {
        String text = NUMBERED.matcher(error).lookingAt() ? error.substring(error.indexOf(']') + 2) : error;
        int end = text.indexOf(' ');
        return end < 0 ? text : text.substring(0, end);
    }

    private Future<Open> open() {
        if (current != null) {
            return current;
        }
        Future<Open> opening =
                clients.get().timeout(timeout.toMillis(), TimeUnit.MILLISECONDS).compose(this::connect);
        current = opening;
        return opening.onFailure(failure -> forget(opening))
                .onSuccess(open ->
                        open.connection().endHandler(closed -> drop(open)).exceptionHandler(failure -> drop(open)));
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
