/**
 * Divides the roles among several processes. Each role, such as {@code streamer} or a consumer's name, is a row in
 * Postgres that one process owns for some seconds. This avoids double work, and lets other processes take over from one
 * that died. Correctness does not depend on it: if two processes do the same work, the checkpoints, the head row and
 * the segments' tags still protect the data.
 */
package rocketrides.assignment;
