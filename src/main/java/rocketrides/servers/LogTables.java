package rocketrides.servers;

import java.util.List;

/**
 * What the tables in Postgres have to be.
 *
 * @param texts the application's own, on the class path, which are applied after {@code schema.sql}, in this order
 * @param partitions of the log; the first start lays them out, and every later one has to ask for as many
 */
public record LogTables(List<String> texts, int partitions) {}
