package rocketrides.api;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.TestProgram;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestSettings;

class ListenAddressTest {

    @Test
    void aPortThatIsTakenEndsTheStartBeforeAnythingIsUnpacked(@TempDir Path directory) throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var data = directory.resolve("data");
            var application = TestProgram.application(Map.of(
                    "API_PORT",
                    String.valueOf(taken.getLocalPort()),
                    "ROCKET_RIDES_EMBEDDED_DATA_DIR",
                    data.toString()));
            var refused = assertThrows(IllegalStateException.class, application::start);
            application.stop();
            assertEquals(
                    "cannot listen on 127.0.0.1:" + taken.getLocalPort() + ": Address already in use."
                            + " Every process serves its health there, so each on a host needs a port of its own: set"
                            + " api.port (or API_PORT) to another one, or to 0 for any free one, or api.host to another"
                            + " address.",
                    refused.getMessage().replace(" (Bind failed)", ""));
            assertFalse(Files.exists(data), "the embedded servers were started");
        }
    }

    @Test
    void anAddressOfNobodyHereIsRefusedToo() {
        var refused = assertThrows(
                IllegalStateException.class, () -> ListenAddress.requireFree(TestSettings.api(1, "192.0.2.1", 5005)));
        assertTrue(refused.getMessage().startsWith("cannot listen on 192.0.2.1:5005: "), refused.getMessage());
    }

    @Test
    void anAddressOfIpV6StandsInBrackets() {
        var refused = assertThrows(
                IllegalStateException.class, () -> ListenAddress.requireFree(TestSettings.api(1, "2001:db8::1", 5005)));
        assertTrue(refused.getMessage().startsWith("cannot listen on [2001:db8::1]:5005: "), refused.getMessage());
    }

    @Test
    void aProcessWithoutAnApiNeedsAPortTooAndAnyFreePortIsNotTried() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var api = TestSettings.api(0, "127.0.0.1", taken.getLocalPort());
            assertThrows(IllegalStateException.class, () -> ListenAddress.requireFree(api));
            assertDoesNotThrow(() -> ListenAddress.requireFree(TestSettings.api(1, "127.0.0.1", 0)));
        }
    }

    @Test
    void aFreePortIsFreeAfterwardsToo() throws Exception {
        var api = TestSettings.api(1, "127.0.0.1", TestApi.freePort());
        assertDoesNotThrow(() -> ListenAddress.requireFree(api));
        assertDoesNotThrow(() -> ListenAddress.requireFree(api));
    }
}
