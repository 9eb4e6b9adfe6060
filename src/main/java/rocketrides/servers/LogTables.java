package rocketrides.servers;

import java.util.List;

/**
 * The required tables in Postgres.
 *
 * @param texts the application's SQL on the class path, applied after {@code schema.sql}, in this order
 * @param partitions of the log; the first start creates them, and later starts must ask for the same number
 */
public record LogTables(List<String> texts, int partitions) {}
