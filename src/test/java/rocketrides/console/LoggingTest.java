package rocketrides.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

class LoggingTest {
    @Test
    void aLineInJsonIsOneObjectWithTheMessageTheKeysAndTheCause() {
        var logger = (Logger) LoggerFactory.getLogger("api");
        var cause = new IllegalStateException("line 1\nline 2");
        var event = new LoggingEvent("", logger, Level.ERROR, "{} \"{}\" failed", cause, new Object[] {"GET", "/"});
        event.setKeyValuePairs(List.of(new KeyValuePair("request", "4711")));

        var line = new String(ConsoleLog.jsonEncoder().encode(event), StandardCharsets.UTF_8);

        assertEquals(line.length() - 1, line.indexOf('\n'), line);
        var json = new JsonObject(line);
        assertEquals("ERROR", json.getString("level"));
        assertEquals("api", json.getString("loggerName"));
        assertEquals("GET \"/\" failed", json.getString("formattedMessage"));
        assertEquals("4711", json.getJsonArray("kvpList").getJsonObject(0).getString("request"));
        assertEquals("line 1\nline 2", json.getJsonObject("throwable").getString("message"));
        assertTrue(json.getLong("timestamp") > 0);
    }
}
