package rocketrides.rides;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.http.Refusal;

class RideRequestTest {
    private static final String MISSING = "Please specify parameter 'distance'.";
    private static final String NOT_A_NUMBER = "Parameter 'distance' must be a floating-point number.";
    private static final String OUT_OF_RANGE = "Parameter 'distance' must be between 0.001 and 100000000 metres.";
    private static final String MALFORMED = "The body must be one JSON object in UTF-8.";

    @ParameterizedTest
    @CsvSource({
        "123.4, 123.400",
        "5, 5.000",
        "1e3, 1000.000",
        "0.001, 0.001",
        "100000000, 100000000.000",
        "100000000.0004, 100000000.000",
        "0.1234, 0.123",
        "0.0005000001, 0.001",
        "2.0005, 2.000",
        "2.0015, 2.002",
        "9007199254740.993e-6, 9007199.255",
        "12345678.901, 12345678.901",
    })
    void readsADistanceExactlyAndRoundsItToTheMillimetre(String given, String expected) {
        assertEquals(new BigDecimal(expected), json("{\"distance\": " + given + "}"));
        assertEquals(new BigDecimal(expected), form(given));
    }

    @Test
    void hasTheSameFingerprintHoweverTheSameDistanceIsWritten() {
        var fingerprint = new RideRequest(new BigDecimal("5")).fingerprint();
        assertEquals(32, fingerprint.length);
        assertArrayEquals(fingerprint, new RideRequest(new BigDecimal("5.000")).fingerprint());
        assertFalse(Arrays.equals(fingerprint, new RideRequest(new BigDecimal("5.0001")).fingerprint()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "{\"distance\": null}"})
    void asksForADistanceThatIsMissing(String body) {
        refusesJson(422, MISSING, body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"12.5\"", "\"\"", "\"foo\"", "true", "{}", "{\"a\": 1}", "[1]"})
    void refusesJsonThatIsNotANumber(String value) {
        refusesJson(422, NOT_A_NUMBER, "{\"distance\": " + value + "}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"foo", " ", "1,5", "1_000", "0x10", "1.5m", ".", "-", "+5", "1e", "٣", "12\u0000"})
    void refusesAFormThatIsNotANumber(String value) {
        refusesForm(422, NOT_A_NUMBER, value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "0.0",
                "-0.0",
                "-1",
                "0.0004",
                "0.0005",
                "1e-400000",
                "100000000.001",
                "1e9",
                "1e400000",
                "-1e400000",
                "1e99999999999",
                "1e-99999999999",
                "NaN",
                "Infinity",
                "-Infinity",
                "123456789012345678901"
            })
    void namesTheRangeForWhatIsOutsideOfItAtOnce(String value) {
        assertTimeoutPreemptively(Duration.ofSeconds(1), () -> {
            refusesJson(422, OUT_OF_RANGE, "{\"distance\": " + value + "}");
            refusesForm(422, OUT_OF_RANGE, value);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "12",
                "null",
                "{\"distance\"}",
                "{\"distance\": 1,}",
                "{\"distance\": 1} x",
                "{\"distance\": 1}{}",
                "\uFEFF{\"distance\": 1}",
                "{'distance': 1}",
                "{\"distance\": 01}",
                "distance=12"
            })
    void refusesWhatIsNotOneJsonObject(String body) {
        refusesJson(400, MALFORMED, body);
    }

    @Test
    void refusesBadUtf8AndOtherEncodings() {
        refusesJson(400, MALFORMED, Buffer.buffer(new byte[] {'{', '"', (byte) 0xC0, (byte) 0x80, '"', ':', '1', '}'}));
        refusesJson(400, MALFORMED, Buffer.buffer("{\"distance\": 1}", "UTF-16"));
        refusesJson(400, MALFORMED, Buffer.buffer("{\"distance\": 1}", "UTF-16LE"));
    }

    @Test
    void refusesDeepNestingAndEndlessNumbers() {
        refusesJson(422, NOT_A_NUMBER, "{\"distance\": " + "[".repeat(5_000));
        refusesJson(400, MALFORMED, "{\"distance\": " + "1".repeat(5_000) + "}");
    }

    @Test
    void namesAParameterThatIsGivenTwice() {
        var message = "Parameter 'distance' is given more than once.";
        refusesJson(400, message, "{\"distance\": 1, \"distance\": 2}");
        refusesJson(400, message, "{\"distance\": null, \"distance\": 2}");
        var twice = MultiMap.caseInsensitiveMultiMap().add("distance", "1").add("distance", "2");
        refuses(400, message, () -> RideRequest.fromForm(twice));
    }

    @Test
    void namesAParameterThatItDoesNotKnow() {
        var message = "Unknown parameter 'distnace'. Allowed: 'distance'.";
        refusesJson(400, message, "{\"distance\": 1, \"distnace\": 2}");
        var form = MultiMap.caseInsensitiveMultiMap().add("distnace", "1");
        refuses(400, message, () -> RideRequest.fromForm(form));
    }

    @Test
    void asksForADistanceThatAFormLacks() {
        refusesForm(422, MISSING, "");
        refuses(422, MISSING, () -> RideRequest.fromForm(MultiMap.caseInsensitiveMultiMap()));
    }

    private static BigDecimal json(String body) {
        return RideRequest.fromJson(Buffer.buffer(body)).distance();
    }

    private static BigDecimal form(String distance) {
        return RideRequest.fromForm(MultiMap.caseInsensitiveMultiMap().add("distance", distance))
                .distance();
    }

    private static void refusesJson(int status, String message, String body) {
        refusesJson(status, message, Buffer.buffer(body));
    }

    private static void refusesJson(int status, String message, Buffer body) {
        refuses(status, message, () -> RideRequest.fromJson(body));
    }

    private static void refusesForm(int status, String message, String distance) {
        refuses(status, message, () -> form(distance));
    }

    private static void refuses(int status, String message, org.junit.jupiter.api.function.Executable parse) {
        var refusal = assertThrows(Refusal.class, parse);
        assertEquals(message, refusal.getMessage());
        assertEquals(status, refusal.status());
    }
}
