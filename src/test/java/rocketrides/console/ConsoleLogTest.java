package rocketrides.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class ConsoleLogTest {
    private final LoggerContext context = new LoggerContext();

    @Test
    void writesInformationButNotTheNoiseOfLibraries() {
        ConsoleLog.write(context);
        assertTrue(context.getLogger("streamer").isInfoEnabled());
        assertFalse(context.getLogger("streamer").isDebugEnabled());
        assertFalse(context.getLogger("io.netty.resolver").isInfoEnabled());
        assertTrue(context.getLogger("io.netty.resolver").isWarnEnabled());
        assertFalse(context.getLogger("io.vertx.redis.client.impl.RedisConnectionManager")
                .isErrorEnabled());
        var console = context.getLogger("ROOT").getAppender("console");
        assertTrue(console.isStarted());
    }

    @Test
    void isInColourOnlyAtATerminalThatWantsIt() {
        assertTrue(ConsoleLog.coloured(null, "xterm-256color", true));
        assertTrue(ConsoleLog.coloured("", null, true));
        assertFalse(ConsoleLog.coloured("1", "xterm-256color", true));
        assertFalse(ConsoleLog.coloured(null, "dumb", true));
        assertFalse(ConsoleLog.coloured(null, "xterm-256color", false));
    }

    @Test
    void writesNoColourIntoAPipe() {
        // Tests do not run at a terminal.
        assertFalse(ConsoleLog.pattern().contains("highlight"));
    }

    /** Here it is {@code logback-test.xml}. */
    @Test
    void leavesAProgramItsOwnConfiguration() {
        assertEquals(Configurator.ExecutionStatus.INVOKE_NEXT_IF_ANY, new ConsoleLog().configure(context));
        assertEquals(null, context.getLogger("ROOT").getAppender("console"));
    }

    @Test
    void logbackFindsIt() {
        assertTrue(ServiceLoader.load(Configurator.class).stream()
                .anyMatch(service -> service.type().equals(ConsoleLog.class)));
    }
}
