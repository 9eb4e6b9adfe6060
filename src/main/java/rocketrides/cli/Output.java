package rocketrides.cli;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The output of a command: results on standard output, for scripts too; messages for people on standard error. */
final class Output {
    /** Exit codes. {@code NO}: the answer is no, or nothing was done. */
    static final int OK = 0;

    static final int NO = 1;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--json", description = "Answer in JSON, for scripts.")
    private boolean json;

    CommandLine line() {
        return command.commandLine();
    }

    PrintWriter out() {
        return line().getOut();
    }

    /** Prints a line of the result, unless JSON was asked for. */
    void text(String form, Object... values) {
        if (!json) {
            out().printf(Locale.ROOT, form + "%n", values);
        }
    }

    /** Prints the result as JSON, if JSON was asked for. */
    void json(Object answer) {
        if (json) {
            out().println(answer);
        }
    }

    /** Prints a message that is not part of the result. */
    void say(String text) {
        line().getErr().println(text);
        line().getErr().flush();
    }
}
