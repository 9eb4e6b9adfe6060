package rocketrides.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Vertx;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One API for all tests of a class. At the end of the class, nothing may have been booked. */
public final class RefusingApi implements BeforeAllCallback, AfterAllCallback {
    private TestApi api;
    private int port;

    @Override
    public void beforeAll(ExtensionContext context) {
        api = new TestApi(Vertx.vertx());
        port = api.deploy();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        try {
            assertEquals(0, api.count("rides"));
            assertEquals(0, api.count("idempotency_keys"));
        } finally {
            api.close();
        }
    }

    public int port() {
        return port;
    }

    public TestLog log() {
        return api.log;
    }
}
