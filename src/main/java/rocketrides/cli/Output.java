package rocketrides.cli;

import io.vertx.core.json.JsonObject;
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

    boolean json() {
        return json;
    }

    CommandLine line() {
        return command.commandLine();
    }

    PrintWriter out() {
        return line().getOut();
    }

    void format(String form, Object... values) {
        out().printf(Locale.ROOT, form + "%n", values);
    }

    /** One of the two. */
    void answer(JsonObject object, String text) {
        out().println(json ? object.encode() : text);
    }

    /** Not part of the answer. */
    void say(String text) {
        line().getErr().println(text);
        line().getErr().flush();
    }
}
