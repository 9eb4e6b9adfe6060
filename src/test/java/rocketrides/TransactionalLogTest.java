package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.rides.TotalDistance;

class TransactionalLogTest {
    private final TransactionalLog program = TransactionalLog.program("orders");

    /** As the table of checkpoints would refuse it, too, but only at the start. */
    @ParameterizedTest
    @ValueSource(strings = {"", "Revenue", "7up", "a b", "ä", "a23456789012345678901234567890123456789012345678901"})
    void aConsumersNameIsRefusedWhereItIsDeclared(String name) {
        var refused = assertThrows(IllegalArgumentException.class, () -> program.consumer(name, new TotalDistance()));
        assertEquals(
                "the consumer's name is \"" + name + "\", allowed: one of a-z, then up to 49 of a-z, 0-9, - and _",
                refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"api", "api0", "streamer", "streamer12", "audit", "dashboard", "operations"})
    void aConsumerIsNotCalledLikeAnotherPartOfTheProcess(String name) {
        assertThrows(IllegalArgumentException.class, () -> program.consumer(name, new TotalDistance()));
    }

    @ParameterizedTest
    @CsvSource({"revenue, revenue", "consumer, consumer0"})
    void noTwoConsumersHaveTheSameName(String numbered, String single) {
        program.consumers(numbered, new TotalDistance());
        assertThrows(IllegalArgumentException.class, () -> program.consumer(single, new TotalDistance()));
    }

    @Test
    void aConsumerThatThisProgramDoesNotHaveIsRefusedWithThoseThatItHas() {
        var declared = program.consumer("revenue", new TotalDistance())
                .consumers("c", new TotalDistance())
                .declared();
        var refused = assertThrows(IllegalArgumentException.class, () -> declared.projection("cost"));
        assertEquals("this program has no consumer \"cost\", it has: revenue, c0, c1, …", refused.getMessage());
    }
}
