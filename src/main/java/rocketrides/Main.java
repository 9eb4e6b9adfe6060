package rocketrides;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;
import rocketrides.cli.AuditCommand;
import rocketrides.cli.Configuration;
import rocketrides.cli.ConsumerCommand;
import rocketrides.cli.ConsumerListCommand;
import rocketrides.cli.ConsumerRemoveCommand;
import rocketrides.cli.ConsumerRewindCommand;
import rocketrides.cli.LogCommand;
import rocketrides.cli.LogShowCommand;
import rocketrides.cli.LogTailCommand;
import rocketrides.cli.SchemaCommand;
import rocketrides.cli.StatusCommand;
import rocketrides.config.ExactPath;
import rocketrides.config.InvalidSettingsException;
import rocketrides.config.ServiceLinks;
import rocketrides.config.Settings;
import rocketrides.operations.Logging;
import rocketrides.runtime.Numbers;

/**
 * The command line: the program itself, and commands beside one that runs. Exits with 2 when the arguments or the
 * configuration are wrong, with 1 when the start failed or a command did not do, or find, what it was asked for.
 */
@Command(
        name = "rocket-rides-log",
        description = "The transactional log: rides in Postgres, a log in Redis, consumers that always agree.",
        versionProvider = Main.Version.class,
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Any setting can be given by the environment, for example ROCKET_RIDES_API_PORT=8080;",
            "DATABASE_URL, REDIS_URL, API_PORT and STREAM_NAME work as well. Ctrl-C stops.",
            "Without a command, runs the roles that the configuration asks for."
        })
public final class Main implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");

    private final Configuration configuration = new Configuration();

    @Option(
            names = {"-c", "--conf"},
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "The configuration, for example conf/production.yaml. Default: the built-in demo.")
    private void conf(Path file) {
        configuration.use(file);
    }

    private Main() {}

    public static void main(String[] args) {
        // Unless asked otherwise, Vert.x and Netty log like the rest of the program.
        System.setProperty("vertx.logger-delegate-factory-class-name", "io.vertx.core.logging.SLF4JLogDelegateFactory");
        int code = commandLine().execute(args);
        if (code != CommandLine.ExitCode.OK) {
            System.exit(code);
        }
    }

    static CommandLine commandLine() {
        var main = new Main();
        var configuration = main.configuration;
        return new CommandLine(main)
                .addSubcommand(new StatusCommand(configuration))
                .addSubcommand(new CommandLine(new LogCommand())
                        .addSubcommand(new LogTailCommand(configuration))
                        .addSubcommand(new LogShowCommand(configuration)))
                .addSubcommand(new CommandLine(new ConsumerCommand())
                        .addSubcommand(new ConsumerListCommand(configuration))
                        .addSubcommand(new ConsumerRewindCommand(configuration, Roles.projection()))
                        .addSubcommand(new ConsumerRemoveCommand(configuration, Roles.projection())))
                .addSubcommand(new AuditCommand(configuration))
                .addSubcommand(new SchemaCommand(configuration, Roles.SCHEMA))
                .registerConverter(Path.class, Main::path)
                .registerConverter(Long.class, Main::whole)
                .registerConverter(Long.TYPE, Main::whole)
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    command.getErr().println("rocket-rides-log: " + e.getMessage());
                    return e instanceof InvalidSettingsException
                            ? CommandLine.ExitCode.USAGE
                            : CommandLine.ExitCode.SOFTWARE;
                });
    }

    private static Path path(String text) {
        try {
            return ExactPath.of(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static long whole(String text) {
        return Numbers.whole(text)
                .orElseThrow(() -> new TypeConversionException("'" + text + "' is not a whole number"));
    }

    /** Returns once everything is up; the event loops keep the process alive until a signal ends it. */
    @Override
    public Integer call() throws Exception {
        var settings = configuration.settings();
        if (settings.logging().format() == Settings.Logging.Format.JSON) {
            Logging.json();
        }
        var links = ServiceLinks.in(System.getenv());
        if (!links.isEmpty()) {
            LOG.info("ignored, as Kubernetes sets them for Services: {}", String.join(", ", links));
        }
        var application = new Application(settings);
        Runtime.getRuntime().addShutdownHook(new Thread(application::stop, "shutdown"));
        application.start();
        return CommandLine.ExitCode.OK;
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws Exception {
            try (var version = Main.class.getResourceAsStream("/version.txt")) {
                return new String(version.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                        .lines()
                        .toArray(String[]::new);
            }
        }
    }
}
