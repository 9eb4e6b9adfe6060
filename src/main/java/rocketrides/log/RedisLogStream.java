package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import rocketrides.config.Settings;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Numbers;
import rocketrides.servers.HeldConnection;

/** The log as a Redis stream, with one entry for each record. Each instance has its own connection. */
public final class RedisLogStream implements LogStream {

    private static final String NO_SUCH_KEY = "ERR no such key";

    /** With the largest data, 8 MiB. */
    private static final int LARGEST_READ = 2_000;

    /** The longest wait for a reply, in addition to the time that a read blocks. */
    private static final Duration REPLY = Duration.ofSeconds(5);

    private final HeldConnection connection;
    private final byte[] key;
    private final Delivery delivery;
    private final StreamWriter writer;

    public RedisLogStream(HeldConnection connection, Settings.Log log) {
        this.connection = connection;
        this.key = log.stream().getBytes(StandardCharsets.UTF_8);
        this.delivery = log.delivery();
        this.writer = new StreamWriter(connection, log);
    }

    @Override
    public Future<Integer> publish(Segment segment) {
        return writer.publish(segment);
    }

    @Override
    public Future<Read> read(String afterId, int count, Duration block) {
        var most = Math.min(count, LARGEST_READ);
        var millis = Math.max(1, block.toMillis());
        var command = Request.cmd(Command.XREAD, "COUNT", most, "BLOCK", millis, "STREAMS", key, afterId);
        return connection
                .send(command, block.plus(REPLY))
                .map(RedisLogStream::orThrow)
                .map(reply -> {
                    if (reply == null) {
                        return new Read(List.of(), afterId, 0);
                    }
                    var entries = reply.get(0).get(1);
                    var read = new ArrayList<Entry>(entries.size());
                    String lastId = afterId;
                    for (var entry : entries) {
                        lastId = entry.get(0).toString();
                        parse(entry).ifPresent(read::add);
                    }
                    return new Read(read, lastId, entries.size() - read.size());
                });
    }

    @Override
    public Future<Optional<Top>> top() {
        return send(Request.cmd(Command.XREVRANGE, key, "+", "-", "COUNT", 1)).map(reply -> reply.stream()
                .findFirst()
                .map(entry -> new Top(entry.get(0).toString(), parse(entry))));
    }

    @Override
    public Future<Optional<String>> lastGeneratedId() {
        return connection
                .send(Request.cmd(Command.XINFO, "STREAM", key))
                .map(reply -> isError(reply) && reply.toString().startsWith(NO_SUCH_KEY)
                        ? Optional.empty()
                        : Optional.of(orThrow(reply).get("last-generated-id").toString()));
    }

    /** The number of entries in all streams; 0 for a stream that does not exist. */
    public static Future<Long> length(List<RedisLogStream> streams) {
        var lengths = streams.stream().map(RedisLogStream::length).toList();
        return Future.all(lengths)
                .map(all -> lengths.stream().mapToLong(Future::result).sum());
    }

    /** The number of entries; 0 if there is no such stream. */
    public Future<Long> length() {
        return send(Request.cmd(Command.XLEN, key)).map(Response::toLong);
    }

    @Override
    public Future<Void> delete() {
        return send(Request.cmd(Command.DEL, key)).mapEmpty();
    }

    @Override
    public Future<Void> close() {
        return connection.close();
    }

    @Override
    public String idAfter(long offset, String lastId) {
        return delivery == Delivery.IDEMPOTENT ? offset + "-0" : lastId;
    }

    private Future<Response> send(Request command) {
        return connection.send(command).map(RedisLogStream::orThrow);
    }

    static Response orThrow(Response reply) {
        if (isError(reply)) {
            throw new IllegalStateException("Redis answered " + reply);
        }
        return reply;
    }

    private static boolean isError(Response reply) {
        return reply != null && reply.type() == ResponseType.ERROR;
    }

    /** Empty if the entry has another format than ours. */
    private static Optional<Entry> parse(Response entry) {
        try {
            var fields = entry.get(1);
            var segment =
                    new SegmentId(number(EntryField.SEGMENT.in(fields)), UUID.fromString(EntryField.TAG.in(fields)));
            var record = new LogRecord(
                    number(EntryField.OFFSET.in(fields)),
                    EntryField.ACTION.in(fields),
                    EntryField.OBJECT.in(fields),
                    EntryField.DATA.inOrNull(fields));
            return record.offset() >= segment.firstOffset() && segment.firstOffset() > 0
                    ? Optional.of(new Entry(entry.get(0).toString(), segment, record))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static long number(String text) {
        return Numbers.whole(text).orElseThrow(() -> new IllegalArgumentException("not a number: " + text));
    }
}
