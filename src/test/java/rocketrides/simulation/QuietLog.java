package rocketrides.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/** Suppresses the warnings of the roles while it is open: a million histories would log millions of them. */
final class QuietLog implements AutoCloseable {
    private static final List<String> LOUD = List.of("rocketrides.log", "rocketrides.consumer", "rocketrides.streamer");

    private QuietLog() {}

    static QuietLog open() {
        LOUD.forEach(name -> logger(name).setLevel(Level.OFF));
        return new QuietLog();
    }

    static <T> T during(Supplier<T> work) {
        var quiet = open();
        try {
            return work.get();
        } finally {
            quiet.close();
        }
    }

    @Override
    public void close() {
        LOUD.forEach(name -> logger(name).setLevel(null));
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }
}
