package rocketrides.consumer;

import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a consumer cannot do at present. A trouble ends only when the operation that failed succeeds; other operations
 * do not count. A consumer that replaces a crashed one inherits its troubles.
 */
public final class Troubles {
    enum Part {
        LOAD,
        SAVE,
        READ_STREAM,
        LOOK_AT_STREAM
    }

    private final Map<Part, Throwable> failures = new EnumMap<>(Part.class);

    /** Records the outcome of the attempt, and returns the attempt. */
    <T> Future<T> note(Part part, Future<T> attempt) {
        return attempt.onSuccess(ok -> over(part)).onFailure(t -> failures.put(part, t));
    }

    boolean has(Part part) {
        return failures.containsKey(part);
    }

    void over(Part part) {
        failures.remove(part);
    }

    /** The cause of one of the troubles; null if there are none. */
    Throwable any() {
        return failures.values().stream().findFirst().orElse(null);
    }
}
