package rocketrides;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;
import rocketrides.cli.Commands;
import rocketrides.cli.Configuration;
import rocketrides.cli.ConsumerCommands;
import rocketrides.cli.LogCommands;
import rocketrides.cli.PartitionsCommand;
import rocketrides.config.ExactPath;
import rocketrides.config.InvalidSettingsException;
import rocketrides.config.ServiceLinks;
import rocketrides.config.Settings;
import rocketrides.console.Logging;
import rocketrides.runtime.Numbers;

/** The command line of a program. Without a command, it runs the program. */
final class RunCommand extends Commands implements Callable<Integer> {
    private static final String[] FOOTER = {
        "",
        "Any setting can be given by the environment, for example ROCKET_RIDES_API_PORT=8080;",
        "DATABASE_URL, REDIS_URL, API_PORT and STREAM_NAME work as well. Ctrl-C stops.",
        "Without a command, runs the roles that the configuration asks for."
    };

    private final Program program;

    private RunCommand(Program program) {
        super(new Configuration(program.sections()), program.schema(), program.books());
        this.program = program;
    }

    static CommandLine commandLine(Program program) {
        var run = new RunCommand(program);
        var line = new CommandLine(run)
                .addSubcommand(new LogCommands(run.configuration))
                .addSubcommand(new PartitionsCommand(run.configuration))
                .addSubcommand(new ConsumerCommands(run.configuration, program.books(), program::projection))
                .setCommandName(program.name())
                .registerConverter(Path.class, new Paths())
                .registerConverter(Long.class, new WholeNumbers())
                .registerConverter(Long.TYPE, new WholeNumbers())
                .setParameterExceptionHandler(new Failures(program.name()))
                .setExecutionExceptionHandler(new Failures(program.name()));
        line.getCommandSpec().usageMessage().description(program.description()).footer(FOOTER);
        return line;
    }

    /** Returns once everything is running. The event loops keep the process alive until a signal ends it. */
    @Override
    public Integer call() throws Exception {
        var settings = configuration.settings();
        if (settings.logging().format() == Settings.Logging.Format.JSON) {
            Logging.json();
        }
        var links = ServiceLinks.in(System.getenv());
        if (!links.isEmpty()) {
            LoggerFactory.getLogger("rocket-rides")
                    .info("ignored, because Kubernetes sets them for Services: {}", String.join(", ", links));
        }
        var application = new Application(program, settings);
        Runtime.getRuntime().addShutdownHook(new Thread(application::stop, "shutdown"));
        try {
            application.start();
        } catch (Exception e) {
            if (!application.stopping()) {
                throw e;
            } // otherwise a signal has ended the start
        }
        return CommandLine.ExitCode.OK;
    }

    // Classes, because Java 17.0.15 crashes when it archives a lambda of an interface that was compiled for Java 5.

    private static final class Paths implements ITypeConverter<Path> {
        @Override
        public Path convert(String text) {
            try {
                return ExactPath.of(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    private static final class WholeNumbers implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return Numbers.whole(text)
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is not a whole number"));
        }
    }

    private record Failures(String program) implements IParameterExceptionHandler, IExecutionExceptionHandler {
        /** Without the whole help, above which the message would be out of sight. */
        @Override
        public int handleParseException(ParameterException e, String[] arguments) {
            var command = e.getCommandLine();
            command.getErr().println(program + ": " + e.getMessage());
            UnmatchedArgumentException.printSuggestions(e, command.getErr());
            command.getErr().println("Try " + command.getCommandSpec().qualifiedName() + " --help");
            return CommandLine.ExitCode.USAGE;
        }

        @Override
        public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
            command.getErr().println(program + ": " + e.getMessage());
            return e instanceof InvalidSettingsException ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
        }
    }
}
