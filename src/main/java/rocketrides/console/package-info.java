/**
 * The log output for people at a terminal, made from the roles' events: what was sealed, published and consumed,
 * whether the audit balances, and a summary at the end. Also configures the logging.
 */
package rocketrides.console;
