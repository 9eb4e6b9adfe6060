package rocketrides.config;

import java.util.Optional;
import java.util.function.Function;

/**
 * What the text of a value may be: {@code allowed} says it in an error, {@code parser} decides. It refuses a text with an
 * empty result, or with an {@link IllegalArgumentException} that says what is wrong.
 */
record Type<T>(String allowed, Function<String, Optional<T>> parser) {
    Optional<T> parse(String text) {
        return text.isEmpty() ? Optional.empty() : parser.apply(text);
    }
}
