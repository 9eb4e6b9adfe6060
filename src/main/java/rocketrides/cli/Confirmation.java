package rocketrides.cli;

import java.util.Locale;
import picocli.CommandLine.Option;

/** Asks a person before something is done that loses what has been computed. */
final class Confirmation {
    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask.")
    private boolean yes;

    /** True if {@code --yes} was given, or if the person at the terminal types it. */
    boolean given() {
        if (yes) {
            return true;
        }
        var console = System.console();
        var answer = console == null ? null : console.readLine("Go on? [y/N] ");
        if (console == null) {
            System.err.println("There is no terminal to ask at; --yes does it without asking.");
        }
        return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
    }
}
