/**
 * Consumers: each applies every record of the log exactly once, in order, to its own tables. A
 * {@link rocketrides.consumer.Projection} is the part that an application writes. {@link rocketrides.consumer.Consumer}
 * reads the stream, and reads from Postgres what the stream lacks. {@link rocketrides.consumer.Checkpoints} saves:
 * checkpoint and state change in one transaction, so if the process dies at any point, the consumer starts again from
 * its checkpoint.
 */
package rocketrides.consumer;
