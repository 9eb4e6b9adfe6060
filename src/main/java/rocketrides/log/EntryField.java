package rocketrides.log;

import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Locale;

/** The fields of an entry in Redis, in the order in which we write them; others may have written them in any order. */
enum EntryField {
    OFFSET,
    SEGMENT,
    TAG,
    ACTION,
    OBJECT,
    DATA;

    // As bytes, because the client would turn a string into them again for every record.
    private final byte[] bytes = name().toLowerCase(Locale.ROOT).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private final Buffer buffer = Buffer.buffer(bytes);

    void append(Request xadd, byte[] value) {
        xadd.arg(bytes).arg(value);
    }

    /** @throws IllegalArgumentException if it is not there */
    String in(Response fields) {
        int at = index(fields);
        if (at < 0) {
            throw new IllegalArgumentException("no field " + name());
        }
        return fields.get(at + 1).toString();
    }

    /** Null if it is not there. */
    String inOrNull(Response fields) {
        int at = index(fields);
        return at < 0 ? null : fields.get(at + 1).toString();
    }

    private int index(Response fields) {
        int expected = 2 * ordinal();
        if (isAt(expected, fields)) {
            return expected;
        }
        for (int i = 0; i < fields.size(); i += 2) {
            if (isAt(i, fields)) {
                return i;
            }
        }
        return -1;
    }

    private boolean isAt(int index, Response fields) {
        return index + 1 < fields.size() && buffer.equals(fields.get(index).toBuffer());
    }
}
