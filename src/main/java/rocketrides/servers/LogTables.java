package rocketrides.servers;

import java.util.List;

/**
 * The required tables in Postgres.
 *
 * @param texts the application's SQL on the class path, applied after {@code schema.sql}, in this order
 * @param partitions the number of open partitions; the first start creates them, and later starts expect them
 */
public record LogTables(List<String> texts, int partitions) {}
