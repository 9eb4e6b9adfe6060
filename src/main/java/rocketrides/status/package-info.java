/**
 * Reads the state of log, consumers and roles in one snapshot of Postgres, and audits it.
 * {@link rocketrides.status.Books} is the part that an application writes: what its consumers' totals must equal.
 * Console, page, metrics, {@code /status} and the commands show the result.
 */
package rocketrides.status;
