package rocketrides.consumer;

import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a consumer cannot do at present. Only what failed, when it works, ends the trouble; that something else works says
 * nothing. A consumer that takes the place of one that crashed inherits it.
 */
public final class Troubles {
    enum Part {
        LOAD,
        SAVE,
        READ_STREAM,
        LOOK_AT_STREAM
    }

    private final Map<Part, Throwable> failures = new EnumMap<>(Part.class);

    /** Notes how the attempt goes, and gives it back. */
    <T> Future<T> note(Part part, Future<T> attempt) {
        return attempt.onSuccess(ok -> over(part)).onFailure(t -> failures.put(part, t));
    }

    boolean has(Part part) {
        return failures.containsKey(part);
    }

    void over(Part part) {
        failures.remove(part);
    }

    /** The cause of one of them; null if there is none. */
    Throwable any() {
        return failures.values().stream().findFirst().orElse(null);
    }
}
