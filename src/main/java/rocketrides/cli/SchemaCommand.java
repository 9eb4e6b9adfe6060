package rocketrides.cli;

import java.util.List;

/** Applies the schema and ends: for the tables' owner, where the program itself runs under roles that may do less. */
@picocli.CommandLine.Command(
        name = "schema",
        description = {
            "Creates what is missing of the tables; the program does so too at its start, if they are not of its version.",
            "Refuses, and changes nothing, if there are tables of the same names that are not as this version makes them.",
            "For an owner's role, where the program runs under roles that may not."
        },
        mixinStandardHelpOptions = true)
public final class SchemaCommand extends Command {
    private final List<String> texts;

    /** {@code texts}: the application's, on the class path. */
    public SchemaCommand(Configuration configuration, List<String> texts) {
        super(configuration);
        this.texts = texts;
    }

    @Override
    int run(Session session) {
        session.applySchema(texts);
        out().println(json() ? "{\"applied\":true}" : "The schema is there.");
        return OK;
    }
}
