package rocketrides.rides;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import rocketrides.http.Refusal;

/**
 * A client's key for one ride, so that it can repeat the request. Accepts a quoted string ({@code "8e03978e"}), as in
 * the IETF draft, and the same key without quotes, as most clients write it.
 */
record IdempotencyKey(String value) {
    static final String HEADER = "Idempotency-Key";
    static final int MAX_LENGTH = 255;

    private static final Pattern BARE = Pattern.compile("[!#-+\\--\\[\\]-~]+");
    private static final Pattern QUOTED = Pattern.compile("\"((?:[ !#-\\[\\]-~]|\\\\[\"\\\\])+)\"");

    private static final Refusal MALFORMED = new Refusal(
            400, HEADER + " must be given once, with 1 to " + MAX_LENGTH + " visible ASCII characters or a string.");

    /** Empty without the header. Fails with 400 if the header is not exactly one valid key. */
    static Optional<IdempotencyKey> of(List<String> headers) {
        if (headers.isEmpty()) {
            return Optional.empty();
        }
        // Longer than any key could be, even with every character escaped.
        if (headers.size() > 1 || headers.get(0).length() > 2 * MAX_LENGTH + 2) {
            throw MALFORMED;
        }
        var given = headers.get(0);
        var quoted = QUOTED.matcher(given);
        var key = quoted.matches() ? quoted.group(1).replaceAll("\\\\(.)", "$1") : given;
        if (key.length() > MAX_LENGTH
                || !(quoted.matches() || BARE.matcher(given).matches())) {
            throw MALFORMED;
        }
        return Optional.of(new IdempotencyKey(key));
    }
}
