package rocketrides.cli;

import io.vertx.core.json.JsonObject;
import java.util.Objects;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import rocketrides.consumer.Projection;
import rocketrides.consumer.Rewind;
import rocketrides.runtime.Numbers;
import rocketrides.runtime.Terminal;
import rocketrides.status.Books;

/** Commands about consumers. The consumers need not be running. */
@Command(
        name = "consumer",
        description = "Lists, rewinds and removes consumers.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT)
public final class ConsumerCommands {
    private static final String EXAMPLE = "For example consumer1.";

    private final Configuration configuration;
    private final Books books;
    private final Function<String, Projection<?>> projections;

    /**
     * {@code projections}: by a consumer's name. Fails for an unknown name, and names the consumers that the program
     * has.
     */
    public ConsumerCommands(Configuration configuration, Books books, Function<String, Projection<?>> projections) {
        this.configuration = configuration;
        this.books = books;
        this.projections = projections;
    }

    @Command(description = "Lists the consumers that are registered, whether they run or not.")
    int list(@Mixin Output output) {
        return configuration.inSession(session -> {
            var status = Commands.status(session, books);
            var members = status.members();
            var json = status.toJson().getJsonArray("consumers");
            json.stream()
                    .map(JsonObject.class::cast)
                    .forEach(consumer -> consumer.put("owner", members.owner(consumer.getString("name"))));
            output.json(json);
            output.text(
                    "%-20s %12s %10s %10s %10s %8s %s",
                    "NAME", "OFFSET", "LAG", "SKIPPED", "HEALED", "REJECTED", "OWNER");
            status.consumers()
                    .forEach(c -> output.text(
                            "%-20s %12d %10d %10d %10d %8d %s",
                            c.name(),
                            c.offset(),
                            c.lag(),
                            c.counters().duplicatesSkipped(),
                            c.counters().gapsHealed(),
                            c.counters().rejected(),
                            Objects.requireNonNullElse(members.owner(c.name()), "nobody")));
            return Output.OK;
        });
    }

    @Command(
            description = {
                "Rewinds a consumer and rebuilds its state from the log. The consumer may be running.",
                "To the beginning: its state is emptied, and it reads the whole log again.",
                "To an offset, if the log has one partition: its state at that offset is rebuilt in one"
                        + " transaction, and it continues from there.",
                "Exits with 1 and changes nothing if the log no longer begins at offset 1."
            })
    int rewind(
            @Parameters(paramLabel = "NAME", description = EXAMPLE) String name,
            @Option(
                            names = "--to",
                            required = true,
                            paramLabel = "OFFSET|beginning",
                            description = "The last offset it keeps.")
                    String to,
            @Mixin Consent consent,
            @Mixin Output output) {
        long offset = offset(to, output);
        return configuration.inSession(session -> {
            var rewind = rewindOf(name, session);
            output.say(name + " will discard its state and "
                    + (offset == 0 ? "read the whole log again." : "rebuild its state at offset " + offset + ".")
                    + " It lags behind the log until it has caught up.");
            if (!consent.given(output)) {
                return Output.NO;
            }
            try (var progress = ProgressLine.of("replay", offset)) {
                session.await(rewind.rewind(name, offset, progress::at), Commands.MAX_SECONDS);
            }
            output.text("%s is at offset %d.", name, offset);
            output.json(new JsonObject().put("consumer", name).put("offset", offset));
            return Output.OK;
        });
    }

    /** Refuses an unknown name now: otherwise the command would first announce what it does to that consumer. */
    private Rewind rewindOf(String name, Session session) {
        var rewind = new Rewind(session.pool(), session.archive(0), projections.apply(name));
        session.await(Rewind.requireRegistered(session.pool(), name));
        return rewind;
    }

    private static long offset(String to, Output output) {
        if (to.equals("beginning")) {
            return 0;
        }
        return Numbers.whole(to).stream()
                .filter(offset -> offset >= 0)
                .findFirst()
                .orElseThrow(() -> new ParameterException(
                        output.line(), "--to is \"" + to + "\", allowed: an offset, or beginning"));
    }

    @Command(
            description = {
                "Deletes a consumer with its checkpoint and its state, so that retention no longer waits for it.",
                "Stop it first: a process that still runs it stops it with an alarm, or registers it again."
            })
    int remove(
            @Parameters(paramLabel = "NAME", description = EXAMPLE) String name,
            @Mixin Consent consent,
            @Mixin Output output) {
        return configuration.inSession(session -> {
            var rewind = rewindOf(name, session);
            output.say("This deletes " + name + " with its checkpoint, its state and its rejected records.");
            if (!consent.given(output)) {
                return Output.NO;
            }
            session.await(rewind.remove(name), Commands.MAX_SECONDS);
            output.text("%s is removed.", name);
            output.json(new JsonObject().put("removed", name));
            return Output.OK;
        });
    }

    /** Asks the person at the terminal to confirm, because computed state is lost. */
    static final class Consent {
        @Option(
                names = {"-y", "--yes"},
                description = "Do not ask.")
        private boolean yes;

        boolean given(Output output) {
            if (!yes && !Terminal.attached()) {
                output.say("There is no terminal for a confirmation; use --yes to skip it.");
                return false;
            }
            return yes
                    || String.valueOf(System.console().readLine("Continue? [y/N] "))
                            .strip()
                            .matches("(?i)y|yes");
        }
    }
}
