/**
 * Connections to Postgres and Redis. Postgres: two pools, checks of session settings and poolers, and the schema, which
 * is applied at the start. Redis: one connection for each user, which finds the master again whenever it is opened, at
 * a fixed address, by Sentinel or in a cluster. Both: TLS, keepalives, and the distinction between an outage and an
 * error.
 */
package rocketrides.servers;
