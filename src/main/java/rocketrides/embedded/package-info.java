/**
 * Postgres and Redis for a demo without installed servers: their programs are unpacked from the jar into the data
 * directory, which one process at a time may use. If that process dies, its servers keep running, and the next start
 * restarts them.
 */
package rocketrides.embedded;
