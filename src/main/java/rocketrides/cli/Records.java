package rocketrides.cli;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import rocketrides.log.LogRecord;
import rocketrides.log.Segment;

/** How a record is shown. */
final class Records {
    private static final JsonFactory JSON = new JsonFactory();

    private Records() {}

    static String line(LogRecord record) {
        return record.offset() + " " + record.action() + " " + record.object() + " " + record.data();
    }

    /** The data stands as it is stored: any JSON, not only an object, and numbers of any precision. */
    static String json(LogRecord record, Segment segment) {
        var text = new StringWriter();
        try (var json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeNumberField("offset", record.offset());
            json.writeStringField("action", record.action());
            json.writeStringField("object", record.object());
            json.writeFieldName("data");
            json.writeRawValue(record.data());
            json.writeNumberField("segment", segment.firstOffset());
            json.writeStringField("tag", segment.tag().toString());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
