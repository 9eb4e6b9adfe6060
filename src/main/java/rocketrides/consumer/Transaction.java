package rocketrides.consumer;

/**
 * The transaction in which a consumer's checkpoint moves. It takes statements that change tables; they are sent together
 * with the checkpoint's as a single statement, in one round trip, once {@link Projection#apply} has returned. Either all
 * of it commits or none. The statements see the tables as they were before any of them, so no two may change the same
 * row.
 */
public interface Transaction {

    /** Whose checkpoint it is: the key of the consumer's own rows. */
    String consumer();

    /** Adds an INSERT, UPDATE, DELETE or MERGE with {@code $1}, {@code $2}, … for the parameters. */
    void execute(String sql, Object... parameters);

    /** The same, for one statement that RETURNs a row with one column: shown to people beside the consumer's name. */
    void executeAndShow(String sql, Object... parameters);
}
