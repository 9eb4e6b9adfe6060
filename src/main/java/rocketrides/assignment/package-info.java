/**
 * Who does what among several processes: each role, such as {@code streamer} or a consumer's name, is a row in Postgres that
 * one process owns for some seconds. This saves double work, and lets others take over from a process that died. Nothing
 * breaks where two processes work at once: that is what checkpoints, the head row and the segments' tags are for.
 */
package rocketrides.assignment;
