package rocketrides.cli;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command answers: on the standard output, which a script reads, and for who watches on the standard error. */
final class Output {
    /** Exit codes. {@code NO}: the answer is no, or it was not done. */
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

    /** A line of the answer for a person. */
    void text(String form, Object... values) {
        if (!json) {
            out().printf(Locale.ROOT, form + "%n", values);
        }
    }

    /** A line of the answer for a script. */
    void json(Object answer) {
        if (json) {
            out().println(answer);
        }
    }

    /** Not part of the answer. */
    void say(String text) {
        line().getErr().println(text);
        line().getErr().flush();
    }
}
