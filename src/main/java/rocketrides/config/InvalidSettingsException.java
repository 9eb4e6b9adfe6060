package rocketrides.config;

import java.util.List;

/** The configuration is invalid. Lists all errors, not only the first. Never contains a password. */
public final class InvalidSettingsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<String> errors;

    InvalidSettingsException(List<String> errors) {
        super("The configuration is refused:\n  " + String.join("\n  ", errors));
        this.errors = List.copyOf(errors);
    }

    /** One message for each error: the key, its value, where the value comes from, and what is allowed. */
    public List<String> errors() {
        return errors;
    }
}
