package rocketrides.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Optional;

/**
 * The trace that a record belongs to, as in W3C Trace Context. It is a field of the record's data, so it is as durable
 * as the record, and reaches every consumer through the stream or the segments. Only records of traced requests have
 * it. It must not affect any state that is computed from the log.
 */
public final class Traceparent {
    public static final String FIELD = "traceparent";

    private static final String QUOTED = '"' + FIELD + '"';
    private static final JsonFactory JSON = new JsonFactory();

    private Traceparent() {}

    /** As written, which may be invalid, because other programs may stage records, too. */
    public static Optional<String> of(LogRecord record) {
        if (!mayBeIn(record.data())) {
            return Optional.empty();
        }
        try (JsonParser json = JSON.createParser(record.data())) {
            Optional<String> found = Optional.empty();
            if (json.nextToken() == JsonToken.START_OBJECT) {
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    boolean wanted = json.currentName().equals(FIELD);
                    if (json.nextToken() == JsonToken.VALUE_STRING && wanted) {
                        found = Optional.of(json.getText());
                    }
                    json.skipChildren();
                }
            }
            return found;
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Fast check: if false, no record in this text has a trace. */
    public static boolean mayBeIn(String text) {
        return text.contains(QUOTED);
    }
}
