package rocketrides.cli;

/** Applies the schema and ends: for the tables' owner, where the program itself runs under roles that may do less. */
@picocli.CommandLine.Command(
        name = "schema",
        description = {
            "Creates the tables, or brings them to this version; the program does so too at each start.",
            "For an owner's role, where the program runs under roles that may not."
        },
        mixinStandardHelpOptions = true)
public final class SchemaCommand extends Command {
    public SchemaCommand(Configuration configuration) {
        super(configuration);
    }

    @Override
    int run(Session session) {
        session.applySchema();
        out().println(json() ? "{\"applied\":true}" : "The schema is there.");
        return OK;
    }
}
