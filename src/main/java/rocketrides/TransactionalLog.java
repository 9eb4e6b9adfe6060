package rocketrides;

import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import picocli.CommandLine;
import rocketrides.config.Settings;
import rocketrides.config.SettingsLoader;
import rocketrides.consumer.Projection;
import rocketrides.log.Staging;
import rocketrides.status.Books;

/**
 * Builds a program on the transactional log. The application declares what it adds: consumers, routes and verticles.
 * {@link #run} does the rest: it reads the configuration, runs streamers and consumers, serves health, metrics and the
 * page, and provides the commands. Use it from one thread.
 */
public final class TransactionalLog {
    private final String name;
    private String description = "";
    private final List<String> schema = new ArrayList<>();
    private final List<Program.Declared> consumers = new ArrayList<>();
    private Books books = Books.NONE;
    private final List<Routes> routes = new ArrayList<>();
    private final Map<Class<? extends Record>, String> sections = new LinkedHashMap<>();
    private final List<Function<ProgramContext, List<? extends Deployable>>> deployments = new ArrayList<>();

    private TransactionalLog(String name) {
        this.name = name;
    }

    /** Adds routes to the router of one API instance, on that instance's context. */
    @FunctionalInterface
    public interface Routes {
        /** {@code instance}: the instance's name, for example {@code api0}. */
        void addTo(Router router, String instance, ProgramContext context);
    }

    /** {@code name}: the program's name in help and errors. */
    public static TransactionalLog program(String name) {
        return new TransactionalLog(name);
    }

    /** {@code text}: one sentence for the help. */
    public TransactionalLog description(String text) {
        description = text;
        return this;
    }

    /**
     * Declares the program's own tables: SQL on the class path, for example {@code /orders.sql}. It is applied after
     * the log's tables, in the same transaction, whenever one of the texts has changed since the last start. So each
     * statement must also succeed if its table exists already, like {@code CREATE TABLE IF NOT EXISTS}.
     */
    public TransactionalLog schema(String resource) {
        schema.add(resource);
        return this;
    }

    /**
     * Declares one consumer. At any time, one of the processes with {@code consumer.instances} above 0 runs it.
     *
     * @throws IllegalArgumentException if the name is invalid or already declared
     */
    public TransactionalLog consumer(String consumer, Projection<?> projection) {
        return declare(new Program.Declared(consumer, false, projection));
    }

    /**
     * Declares {@code consumer.instances} consumers, each with its own state: {@code prefix0}, {@code prefix1}, …
     *
     * @throws IllegalArgumentException if the prefix is invalid or one of the names is already declared
     */
    public TransactionalLog consumers(String prefix, Projection<?> projection) {
        return declare(new Program.Declared(prefix, true, projection));
    }

    private TransactionalLog declare(Program.Declared consumer) {
        consumers.stream().filter(consumer::clashesWith).findFirst().ifPresent(other -> {
            throw new IllegalArgumentException("two consumers would have the same name: " + other + " and " + consumer);
        });
        consumers.add(consumer);
        return this;
    }

    /**
     * Declares what the consumers' totals must equal. One of the processes audits it. Without this, nothing is audited.
     */
    public TransactionalLog books(Books declared) {
        books = declared;
        return this;
    }

    /** Declares the routes of every API instance. */
    public TransactionalLog routes(Routes more) {
        routes.add(more);
        return this;
    }

    /** The same, for routes that only stage records. */
    public TransactionalLog routes(BiConsumer<Router, Staging> more) {
        return routes((router, instance, context) -> more.accept(router, context.log()));
    }

    /**
     * Declares settings of the program's own. The components of {@code type}, each with a
     * {@link rocketrides.config.Setting}, are the keys of the section. The section may be one that every program has.
     * {@link Settings#of} returns the record.
     */
    public TransactionalLog settings(String section, Class<? extends Record> type) {
        sections.put(type, section);
        return this;
    }

    /**
     * Declares verticles for every process. They are deployed after its roles and its API, and undeployed before those.
     */
    public TransactionalLog deploy(Function<ProgramContext, List<? extends Deployable>> verticles) {
        deployments.add(verticles);
        return this;
    }

    /**
     * Creates one process of this program without starting it, for a JVM that also does other things, such as a test.
     *
     * @param file the configuration; empty for all defaults
     * @param environment environment variables, which take precedence over the file
     * @throws rocketrides.config.InvalidSettingsException if a setting is invalid
     */
    public Application application(Optional<Path> file, Map<String, String> environment) {
        return new Application(declared(), SettingsLoader.load(file, environment, Map.copyOf(sections)));
    }

    /**
     * Executes the command line. Without a command it returns when the process is running; a signal ends the process.
     * Otherwise it ends the JVM: with 0 after a command, with 2 if the arguments or settings are invalid, and with 1 if
     * the start fails, or if a command did not do or find what it was asked for.
     */
    public void run(String... arguments) {
        // Unless configured otherwise, Vert.x and Netty log through SLF4J like the rest of the program.
        System.setProperty("vertx.logger-delegate-factory-class-name", "io.vertx.core.logging.SLF4JLogDelegateFactory");
        // Netty's events for the JDK's flight recorder are off, because it takes time to load the recorder.
        System.getProperties().putIfAbsent("io.netty.jfr.enabled", "false");
        var line = commandLine();
        int code = line.execute(arguments);
        // After a command, a thread of Netty would keep the JVM alive for another second.
        if (code != CommandLine.ExitCode.OK || line.getParseResult().hasSubcommand()) {
            System.exit(code);
        }
    }

    /**
     * Executes a command in a JVM that also does other things, such as a test. Returns when it is done, with the code
     * that {@link #run} would end the JVM with.
     */
    public int execute(String... arguments) {
        return commandLine().execute(arguments);
    }

    CommandLine commandLine() {
        return RunCommand.commandLine(declared());
    }

    Program declared() {
        return new Program(name, description, schema, consumers, books, routes, sections, deployments);
    }
}
