package rocketrides.config;

import java.util.List;

/** The configuration is refused; carries every error found, not only the first, and never a password. */
public final class InvalidSettingsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<String> errors;

    InvalidSettingsException(List<String> errors) {
        super("The configuration is refused:\n  " + String.join("\n  ", errors));
        this.errors = List.copyOf(errors);
    }

    /** One message for each error: the key, its value, where it came from, and what is allowed. */
    public List<String> errors() {
        return errors;
    }
}
