package rocketrides.rides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.http.Refusal;

class IdempotencyKeyTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "8e03978e-40d5-43dd-bc93-6894a57f9324, 8e03978e-40d5-43dd-bc93-6894a57f9324",
                "\"8e03978e\", 8e03978e",
                "\"a b\", a b",
                "\"a\\\"b\\\\c\", a\"b\\c",
                "[x]~!, [x]~!"
            })
    void isWhatIsGivenWithOrWithoutQuotes(String given, String key) {
        assertEquals(key, IdempotencyKey.of(List.of(given)).orElseThrow().value());
    }

    @Test
    void isOptional() {
        assertTrue(IdempotencyKey.of(List.of()).isEmpty());
    }

    @Test
    void mayHaveUpTo255Characters() {
        var longest = "x".repeat(255);
        assertEquals(longest, IdempotencyKey.of(List.of(longest)).orElseThrow().value());
        assertEquals(
                longest,
                IdempotencyKey.of(List.of('"' + longest + '"')).orElseThrow().value());
        assertEquals(
                "\"".repeat(255),
                IdempotencyKey.of(List.of('"' + "\\\"".repeat(255) + '"'))
                        .orElseThrow()
                        .value(),
                "all of it escaped");
        refuses(longest + "x");
        refuses('"' + longest + "x\"");
        refuses("x".repeat(8_000));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"\"",
                "\"",
                "\"a",
                "a\"",
                "a b",
                "a,b",
                "\"a\", \"b\"",
                "\"a\";p=1",
                "\"\\n\"",
                "a\\b",
                "\u00e4",
                "\"\u00e4\"",
                "a\u0000",
                "\"\t\"",
                "\"\u007f\""
            })
    void isRefusedWhenItIsNotOneStringOfVisibleCharacters(String given) {
        refuses(given);
    }

    @Test
    void isRefusedWhenGivenTwice() {
        refuses("a", "a");
    }

    private static void refuses(String... given) {
        var refusal = assertThrows(Refusal.class, () -> IdempotencyKey.of(List.of(given)));
        assertEquals(400, refusal.status());
        assertEquals(
                "Idempotency-Key must be given once, with 1 to 255 visible ASCII characters or a string.",
                refusal.getMessage());
    }
}
