package rocketrides.cli;

import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import rocketrides.consumer.Projection;
import rocketrides.consumer.Rewind;
import rocketrides.runtime.Numbers;

/** Sends a consumer back, whether it runs or not. */
@picocli.CommandLine.Command(
        name = "rewind",
        description = {
            "Sends a consumer back; its state is built again from the log. It may run meanwhile.",
            "To the beginning: it starts from nothing and catches up by itself.",
            "To an offset: the state of that offset is built in one transaction, and it goes on from there.",
            "Exits with 1, and changes nothing, if the log does not begin at offset 1 any more."
        },
        mixinStandardHelpOptions = true)
public final class ConsumerRewindCommand extends Command {
    private static final long MAX_SECONDS = 24 * 3600;

    private final Function<String, Projection<?>> projections;

    @Parameters(paramLabel = "NAME", description = "For example consumer1.")
    private String name;

    @Option(names = "--to", required = true, paramLabel = "OFFSET|beginning", description = "The last offset it keeps.")
    private String to;

    @Mixin
    private Confirmation confirmation;

    /** {@code projections}: of a name; fails if the program has no such consumer, and says which it has. */
    public ConsumerRewindCommand(Configuration configuration, Function<String, Projection<?>> projections) {
        super(configuration);
        this.projections = projections;
    }

    @Override
    int run(Session session) {
        long offset = offset();
        var projection = projections.apply(name);
        say(name + " forgets its state and "
                + (offset == 0 ? "applies the whole log again." : "gets that of offset " + offset + " back.")
                + " Its total is behind the rides until it has caught up.");
        if (!confirmation.given()) {
            return NO;
        }
        var rewind = new Rewind(session.pool(), session.archive(), projection);
        session.await(
                rewind.rewind(name, offset, reached -> say("replayed " + reached + " of " + offset)), MAX_SECONDS);
        out().println(
                        json()
                                ? new JsonObject()
                                        .put("consumer", name)
                                        .put("offset", offset)
                                        .encode()
                                : name + " is at offset " + offset + ".");
        return OK;
    }

    private long offset() {
        if (to.equals("beginning")) {
            return 0;
        }
        return Numbers.whole(to).stream()
                .filter(offset -> offset >= 0)
                .findFirst()
                .orElseThrow(() ->
                        new ParameterException(line(), "--to is \"" + to + "\", allowed: an offset, or beginning"));
    }
}
