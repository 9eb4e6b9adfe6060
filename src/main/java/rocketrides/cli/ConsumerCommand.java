package rocketrides.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups its subcommands; does nothing by itself. */
@picocli.CommandLine.Command(
        name = "consumer",
        description = "Lists, rewinds and removes consumers.",
        mixinStandardHelpOptions = true)
public final class ConsumerCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command: list, rewind or remove");
    }
}
