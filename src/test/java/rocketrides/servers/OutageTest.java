package rocketrides.servers;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.junit5.VertxExtension;
import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(VertxExtension.class)
class OutageTest {
    /** Broken: the listener at the port never answers. Must hold: that is an outage, whatever the pool's error. */
    @Test
    void aPoolThatHasNoConnectionToGiveInTimeIsAnOutage(Vertx vertx) throws Exception {
        try (var silent = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            var postgres = new Postgres(
                    vertx, "postgresql://u:p@127.0.0.1:" + silent.getLocalPort() + "/d", Optional.empty(), 1, 1);
            var transaction = postgres.pool()
                    .withTransaction(connection -> connection.query("SELECT 1").execute())
                    .otherwiseEmpty();
            var failure = postgres.pool()
                    .withTransaction(connection -> connection.query("SELECT 1").execute())
                    .transform(done -> io.vertx.core.Future.succeededFuture(done.cause()));
            var cause = failure.await(20, SECONDS);
            assertTrue(Outage.isUnavailable(cause), () -> cause.getClass() + " " + cause.getMessage());
            transaction.await(20, SECONDS);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "08006, true",
        "25006, true",
        "25P03, true",
        "25P04, true",
        "40001, true",
        "40P01, true",
        "53100, true",
        "53300, true",
        "55006, true",
        "55P03, true",
        "57014, true",
        "57P01, true",
        "57P03, true",
        "58030, true",
        "72000, true",
        "22003, false",
        "23505, false",
        "0A000, false",
        "25P02, false",
        "26000, false",
        "28P01, false",
        "3D000, false",
        "42P01, false",
        "55000, false",
        "RR001, false",
        "08, false",
        "'', false"
    })
    void isToldByTheSqlState(String state, boolean outage) {
        assertEquals(outage, Outage.isUnavailable(new PgException("", "ERROR", state, "")));
    }

    @Test
    void aServerThatDoesNotAnswerIsAway() {
        assertTrue(Outage.isUnavailable(new IOException()));
        assertTrue(Outage.isUnavailable(new TimeoutException()));
        assertTrue(Outage.isUnavailable(new VertxException("Pool closed")));
        assertTrue(Outage.isUnavailable(new RuntimeException(new IOException())));
        assertFalse(Outage.isUnavailable(new PgException("", "ERROR", null, "")));
        assertFalse(Outage.isUnavailable(new IllegalStateException()));
    }
}
