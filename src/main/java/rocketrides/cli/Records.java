package rocketrides.cli;

import io.vertx.core.json.JsonObject;
import rocketrides.log.LogRecord;
import rocketrides.log.Segment;

/** How a record is shown. */
final class Records {
    private Records() {}

    static String line(LogRecord record) {
        return record.offset() + " " + record.action() + " " + record.object() + " " + record.data();
    }

    static String json(LogRecord record, Segment segment) {
        return new JsonObject()
                .put("offset", record.offset())
                .put("action", record.action())
                .put("object", record.object())
                .put("data", new JsonObject(record.data()))
                .put("segment", segment.firstOffset())
                .put("tag", segment.tag().toString())
                .encode();
    }
}
