package rocketrides.log;

import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Locale;

/** The fields of an entry in Redis, in the order in which they are written. Other programs may use another order. */
enum EntryField {
    OFFSET,
    SEGMENT,
    TAG,
    ACTION,
    OBJECT,
    DATA;

    // As bytes: the client would otherwise encode a string again for every record.
    private final byte[] bytes = name().toLowerCase(Locale.ROOT).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private final Buffer buffer = Buffer.buffer(bytes);

    void append(Request xadd, byte[] value) {
        xadd.arg(bytes).arg(value);
    }

    /** @throws IllegalArgumentException if the field is missing */
    String in(Response fields) {
        var value = inOrNull(fields);
        if (value == null) {
            throw new IllegalArgumentException("no field " + name());
        }
        return value;
    }

    /** Null if the field is missing. Tries the position where the field is normally written first. */
    String inOrNull(Response fields) {
        for (int i = 0; i < fields.size(); i += 2) {
            int at = (2 * ordinal() + i) % fields.size();
            if (buffer.equals(fields.get(at).toBuffer())) {
                return fields.get(at + 1).toString();
            }
        }
        return null;
    }
}
