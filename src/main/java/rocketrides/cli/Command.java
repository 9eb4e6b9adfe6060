package rocketrides.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the commands have in common: a session for the time of one run, {@code --json}, an exit code. */
abstract class Command implements Callable<Integer> {
    static final int OK = 0;
    /** The answer is no, or it was not done. */
    static final int NO = 1;

    private final Configuration configuration;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Answer in JSON, for scripts.")
    private boolean json;

    Command(Configuration configuration) {
        this.configuration = configuration;
    }

    @Override
    public final Integer call() {
        try (var session = new Session(configuration.settings())) {
            return run(session);
        } finally {
            out().flush();
        }
    }

    /** Does it; the result is the exit code. */
    abstract int run(Session session);

    boolean json() {
        return json;
    }

    CommandLine line() {
        return spec.commandLine();
    }

    PrintWriter out() {
        return line().getOut();
    }

    /** For whoever watches; a script reads {@link #out} only. */
    void say(String text) {
        line().getErr().println(text);
        line().getErr().flush();
    }
}
