package rocketrides.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups its subcommands; does nothing by itself. */
@picocli.CommandLine.Command(name = "log", description = "Shows records of the log.", mixinStandardHelpOptions = true)
public final class LogCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command: tail or show");
    }
}
