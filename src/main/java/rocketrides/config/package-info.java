/**
 * What can be configured, and how a file and the environment become {@link rocketrides.config.Settings}.
 *
 * <p>To add a key: a component with {@link rocketrides.config.Setting} in its section's record; a line with a comment in
 * each {@code conf/*.yaml}. Validation, the environment variable, the refusal of unknown keys and "did you mean" follow
 * from the annotation; a test fails when one of the files lacks the key. An application declares records of its own.
 */
package rocketrides.config;
