/**
 * Commands beside the running program, each with its own connections. They start no servers: with embedded servers,
 * they connect to those of the running process.
 */
package rocketrides.cli;
