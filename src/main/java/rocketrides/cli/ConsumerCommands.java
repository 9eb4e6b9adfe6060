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
import rocketrides.status.Books;
import rocketrides.status.Members;

/** Consumers, whether they run or not. */
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

    /** {@code projections}: by a consumer's name; fails if the program has no such consumer, and says which it has. */
    public ConsumerCommands(Configuration configuration, Books books, Function<String, Projection<?>> projections) {
        this.configuration = configuration;
        this.books = books;
        this.projections = projections;
    }

    @Command(description = "Lists the consumers that are registered, whether they run or not.")
    int list(@Mixin Output output) {
        return configuration.inSession(session -> {
            var status = Commands.status(session, books);
            var members = session.await(Members.read(session.pool()));
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
                "Sends a consumer back; its state is built again from the log. It may run meanwhile.",
                "To the beginning: it starts from nothing and catches up by itself.",
                "To an offset: the state of that offset is built in one transaction, and it goes on from there.",
                "Exits with 1, and changes nothing, if the log does not begin at offset 1 any more."
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
            var projection = projections.apply(name);
            output.say(name + " forgets its state and "
                    + (offset == 0 ? "applies the whole log again." : "gets that of offset " + offset + " back.")
                    + " Its state is behind the log until it has caught up.");
            if (!consent.given(output)) {
                return Output.NO;
            }
            session.await(
                    new Rewind(session.pool(), session.archive(), projection)
                            .rewind(name, offset, reached -> output.say("replayed " + reached + " of " + offset)),
                    Commands.MAX_SECONDS);
            output.text("%s is at offset %d.", name, offset);
            output.json(new JsonObject().put("consumer", name).put("offset", offset));
            return Output.OK;
        });
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
                "Forgets a consumer, its checkpoint and its state, so that retention does not wait for it.",
                "Stop it first: a process that runs it stops it with an alarm, or registers it anew."
            })
    int remove(
            @Parameters(paramLabel = "NAME", description = EXAMPLE) String name,
            @Mixin Consent consent,
            @Mixin Output output) {
        return configuration.inSession(session -> {
            var projection = projections.apply(name);
            output.say(name + " is forgotten: its checkpoint, its state and its rejected records.");
            if (!consent.given(output)) {
                return Output.NO;
            }
            session.await(new Rewind(session.pool(), session.archive(), projection).remove(name), Commands.MAX_SECONDS);
            output.text("%s is removed.", name);
            output.json(new JsonObject().put("removed", name));
            return Output.OK;
        });
    }

    /** Of the person at the terminal, to what was said: it loses what has been computed. */
    static final class Consent {
        @Option(
                names = {"-y", "--yes"},
                description = "Do not ask.")
        private boolean yes;

        boolean given(Output output) {
            var console = System.console();
            if (!yes && console == null) {
                output.say("There is no terminal to ask at; --yes does it without asking.");
                return false;
            }
            return yes
                    || String.valueOf(console.readLine("Go on? [y/N] ")).strip().matches("(?i)y|yes");
        }
    }
}
