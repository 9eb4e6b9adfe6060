package rocketrides.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumbersTest {
    @Test
    void digitsAreANumberUpToTheLargest() {
        assertEquals(OptionalLong.of(0), Numbers.whole("0"));
        assertEquals(OptionalLong.of(-12), Numbers.whole("-12"));
        assertEquals(OptionalLong.of(7), Numbers.whole("0000000000000000007"));
        assertEquals(OptionalLong.of(Long.MAX_VALUE), Numbers.whole("9223372036854775807"));
        assertEquals(OptionalLong.of(Long.MIN_VALUE), Numbers.whole("-9223372036854775808"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "--1",
                "+1",
                "1-",
                " 1",
                "1 ",
                "1.0",
                "1e3",
                "0x1",
                "a",
                "٣",
                "9223372036854775808",
                "-9223372036854775809",
                "00000000000000000007"
            })
    void anythingElseIsNone(String text) {
        assertEquals(OptionalLong.empty(), Numbers.whole(text));
    }
}
