package rocketrides.embedded;

import java.nio.file.Path;

/** The embedded servers' programs, for tests that start them in a way of their own. */
public final class TestBinaries {
    private TestBinaries() {}

    public static Path redisServer() {
        return new Binaries(Path.of("target", "test-servers").toAbsolutePath()).redisServer();
    }
}
