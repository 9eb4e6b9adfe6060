/**
 * The streamer: seals staged records into segments, publishes the segments to Redis, raises the floor, and deletes old
 * segments (retention). None of its classes has state that must survive: after a crash, the next pass continues from
 * what Postgres and Redis contain. See {@link rocketrides.log} for the protocol.
 */
package rocketrides.streamer;
