/**
 * Reads the configuration from a file and the environment into {@link rocketrides.config.Settings}.
 *
 * <p>To add a key, add a component with {@link rocketrides.config.Setting} to the record of its section, and a line
 * with a comment to each {@code conf/*.yaml}. The annotation provides validation, the environment variable, and the
 * errors for unknown keys with "did you mean". A test fails if one of the files lacks the key. An application declares
 * its own records.
 */
package rocketrides.config;
