package rocketrides.rides;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import rocketrides.http.Refusal;

/**
 * A client's name for one ride that it wants, however often it has to ask. As the IETF's draft has it, a quoted string
 * ({@code "8e03978e"}), and as most clients write it, without the quotes; both name the same key.
 */
record IdempotencyKey(String value) {
    static final String HEADER = "Idempotency-Key";
    static final int MAX_LENGTH = 255;

    private static final Pattern BARE = Pattern.compile("[!#-+\\--\\[\\]-~]+");
    private static final Pattern QUOTED = Pattern.compile("\"((?:[ !#-\\[\\]-~]|\\\\[\"\\\\])+)\"");

    private static final Refusal MALFORMED = new Refusal(
            400, HEADER + " must be given once, with 1 to " + MAX_LENGTH + " visible ASCII characters or a string.");

    /** Empty when there is no such header; 400 when it is not one key. */
    static Optional<IdempotencyKey> of(List<String> headers) {
        if (headers.isEmpty()) {
            return Optional.empty();
        }
        // Longer than any key can be with all of it escaped: not worth looking at.
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
