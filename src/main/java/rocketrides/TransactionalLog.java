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
 * A program on the transactional log. What is declared here is what the program adds: its consumers, its routes and its
 * verticles. {@link #run} does the rest: it reads the configuration, runs streamers and consumers, serves health, metrics
 * and the page, and offers the commands. To be used by one thread.
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

    /** Adds routes to the router of one api instance, on that instance's context. */
    @FunctionalInterface
    public interface Routes {
        /** {@code instance}: the instance's name, for example {@code api0}. */
        void addTo(Router router, String instance, ProgramContext context);
    }

    /** {@code name}: how help and errors call the program. */
    public static TransactionalLog program(String name) {
        return new TransactionalLog(name);
    }

    /** {@code text}: one sentence for the help. */
    public TransactionalLog description(String text) {
        description = text;
        return this;
    }

    /**
     * Declares the program's own tables: SQL on the class path, for example {@code /orders.sql}. It is applied after the
     * log's tables, in the same transaction, whenever any text is another one than at the last start. So each statement
     * has to work where its table is there already, as {@code CREATE TABLE IF NOT EXISTS} does.
     */
    public TransactionalLog schema(String resource) {
        schema.add(resource);
        return this;
    }

    /**
     * Declares one consumer. One of the processes whose {@code consumer.instances} is above 0 runs it.
     *
     * @throws IllegalArgumentException if the name is not valid or declared already
     */
    public TransactionalLog consumer(String consumer, Projection<?> projection) {
        return declare(new Program.Declared(consumer, false, projection));
    }

    /**
     * Declares {@code consumer.instances} many consumers, each with a state of its own: {@code prefix0}, {@code prefix1}, …
     *
     * @throws IllegalArgumentException if the prefix is not valid or one of the names is declared already
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

    /** Declares what the consumers' totals have to equal: audited by one of the processes, and shown. Without it, nothing is audited. */
    public TransactionalLog books(Books declared) {
        books = declared;
        return this;
    }

    /** Declares what every api instance serves. */
    public TransactionalLog routes(Routes more) {
        routes.add(more);
        return this;
    }

    /** The same, for routes that only stage records. */
    public TransactionalLog routes(BiConsumer<Router, Staging> more) {
        return routes((router, instance, context) -> more.accept(router, context.log()));
    }

    /**
     * Declares settings of the program's own: {@code type}'s components, each with a
     * {@link rocketrides.config.Setting}, are keys of that section. The section may be one of those that every program
     * has. {@link Settings#of} hands the record out.
     */
    public TransactionalLog settings(String section, Class<? extends Record> type) {
        sections.put(type, section);
        return this;
    }

    /** Declares verticles for every process: deployed when its roles and its api are up, undeployed before they stop. */
    public TransactionalLog deploy(Function<ProgramContext, List<? extends Deployable>> verticles) {
        deployments.add(verticles);
        return this;
    }

    /**
     * One process of this program, not started yet, for a JVM that does other things, too, such as a test.
     *
     * @param file the configuration; empty for all defaults
     * @param environment what overrides the file, by the names of environment variables
     * @throws rocketrides.config.InvalidSettingsException if anything in them is wrong
     */
    public Application application(Optional<Path> file, Map<String, String> environment) {
        return new Application(declared(), SettingsLoader.load(file, environment, Map.copyOf(sections)));
    }

    /**
     * Does what the command line asks for. Without a command: returns when the process is up, and a signal ends it. Ends
     * the JVM with 2 if the arguments or the configuration are wrong, with 1 if the start failed or if a command did not
     * do, or find, what it was asked for.
     */
    public void run(String... arguments) {
        // Unless asked otherwise, Vert.x and Netty log like the rest of the program.
        System.setProperty("vertx.logger-delegate-factory-class-name", "io.vertx.core.logging.SLF4JLogDelegateFactory");
        int code = commandLine().execute(arguments);
        if (code != CommandLine.ExitCode.OK) {
            System.exit(code);
        }
    }

    CommandLine commandLine() {
        return RunCommand.commandLine(declared());
    }

    Program declared() {
        return new Program(name, description, schema, consumers, books, routes, sections, deployments);
    }
}
