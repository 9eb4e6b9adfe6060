package rocketrides.consumer;

import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import rocketrides.runtime.Numbers;

/** The changes of one transaction as the CTEs of one statement, after the {@code WITH} that it begins with. */
final class Changes implements Transaction {
    private static final Pattern PARAMETER = Pattern.compile("\\$(\\d+)");

    private final String consumer;
    private final StringBuilder sql;
    private final List<Object> parameters;
    private int count;
    private String shown = "''";

    Changes(String consumer, String with, Object... parameters) {
        this.consumer = consumer;
        this.sql = new StringBuilder(with);
        this.parameters = new ArrayList<>(List.of(parameters));
    }

    @Override
    public String consumer() {
        return consumer;
    }

    @Override
    public void execute(String statement, Object... values) {
        int base = parameters.size();
        var renumbered = PARAMETER
                .matcher(statement)
                .replaceAll(n -> "\\$" + (base + Numbers.whole(n.group(1)).orElseThrow()));
        sql.append(", change")
                .append(count++)
                .append(" AS (\n")
                .append(renumbered)
                .append("\n)");
        parameters.addAll(List.of(values));
    }

    @Override
    public void executeAndShow(String statement, Object... values) {
        shown = "(SELECT c::text FROM change" + count + " AS t (c))";
        execute(statement, values);
    }

    String sql() {
        return sql.toString();
    }

    /** An expression for what is to be shown to people. */
    String shown() {
        return shown;
    }

    Tuple parameters() {
        return Tuple.from(parameters);
    }
}
