package rocketrides.cli;

import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import rocketrides.consumer.Projection;
import rocketrides.consumer.Rewind;

/** Forgets a consumer that is run no more, so that retention need not wait for it. */
@picocli.CommandLine.Command(
        name = "remove",
        description = {
            "Forgets a consumer, its checkpoint and its state, so that retention does not wait for it.",
            "Stop it first: a process that runs it stops it with an alarm, or registers it anew."
        },
        mixinStandardHelpOptions = true)
public final class ConsumerRemoveCommand extends Command {
    private static final long MAX_SECONDS = 24 * 3600;

    private final Function<String, Projection<?>> projections;

    @Parameters(paramLabel = "NAME", description = "For example consumer1.")
    private String name;

    @Mixin
    private Confirmation confirmation;

    /** {@code projections}: of a name; fails if the program has no such consumer, and says which it has. */
    public ConsumerRemoveCommand(Configuration configuration, Function<String, Projection<?>> projections) {
        super(configuration);
        this.projections = projections;
    }

    @Override
    int run(Session session) {
        var projection = projections.apply(name);
        say(name + " is forgotten: its checkpoint, its state and its rejected records.");
        if (!confirmation.given()) {
            return NO;
        }
        session.await(new Rewind(session.pool(), session.archive(), projection).remove(name), MAX_SECONDS);
        out().println(json() ? new JsonObject().put("removed", name).encode() : name + " is removed.");
        return OK;
    }
}
