/**
 * What can be configured, and how a file and the environment become {@link rocketrides.config.Settings}.
 *
 * <p>To add a key: a component in its record in {@code Settings}; a line in {@code Keys} (name, type, default); a line
 * with a comment in each {@code conf/*.yaml}. Validation, the environment variable, the refusal of unknown keys and
 * "did you mean" follow from that line; a test fails when one of the files lacks the key.
 */
package rocketrides.config;
