/**
 * Commands beside the server: short-lived, with connections of their own, for whoever runs this at night. They start
 * nothing: with embedded servers they talk to those of the process that runs.
 */
package rocketrides.cli;
