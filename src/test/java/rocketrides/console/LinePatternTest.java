package rocketrides.console;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LinePatternTest {
    @Test
    void isInColourOnlyAtATerminalThatWantsIt() {
        assertTrue(LinePattern.coloured(null, "xterm-256color", true));
        assertTrue(LinePattern.coloured("", null, true));
        assertFalse(LinePattern.coloured("1", "xterm-256color", true));
        assertFalse(LinePattern.coloured(null, "dumb", true));
        assertFalse(LinePattern.coloured(null, "xterm-256color", false));
    }

    @Test
    void writesNoColourIntoAPipe() {
        // Tests do not run at a terminal.
        assertFalse(LinePattern.pattern().contains("highlight"));
    }
}
