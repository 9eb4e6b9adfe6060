package rocketrides.log;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * The trace that a record belongs to, as in W3C Trace Context. It is a field of the record's data, so it is as durable
 * as the record, and reaches every consumer through the stream or the segments. Only records of traced requests have
 * it. It must not affect any state that is computed from the log.
 */
public final class Traceparent {
    public static final String FIELD = "traceparent";

    private static final String QUOTED = '"' + FIELD + '"';

    private Traceparent() {}

    /** As written, which may be invalid, because other programs may stage records, too. */
    public static Optional<String> of(LogRecord record) {
        if (!mayBeIn(record.data())) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(new JsonObject(record.data()).getValue(FIELD))
                    .filter(String.class::isInstance)
                    .map(String.class::cast);
        } catch (DecodeException e) {
            return Optional.empty();
        }
    }

    /** Fast check: if false, no record in this text has a trace. */
    public static boolean mayBeIn(String text) {
        return text.contains(QUOTED);
    }
}
