package rocketrides.runtime;

import java.io.Console;

/** The terminal that this process was started from. */
public final class Terminal {
    private Terminal() {}

    /** Whether standard input and output are a terminal, so that a person sees the output now and can answer. */
    public static boolean attached() {
        var console = System.console();
        if (console == null) {
            return false;
        }
        try {
            // Since Java 22 there is a console even without a terminal.
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }
}
