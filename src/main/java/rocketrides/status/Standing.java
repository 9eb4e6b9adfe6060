package rocketrides.status;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import rocketrides.runtime.Events;
import rocketrides.runtime.Words;

/**
 * The state of consumers and roles: how far each consumer is, what is waiting, and which roles of this process do not
 * work. It does not depend on the books, which also balance while a consumer is paused.
 */
public final class Standing {
    /** Whatever has waited for longer than this is behind. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String BEHIND = "behind";
    private static final int MOST_NAMES = 3;

    private final Status now;
    private final List<Part> parts = new ArrayList<>();

    /**
     * @param fault the problem: {@code paused}, {@code failing}, {@code behind}, …; null if there is none
     * @param place the position; null if there is none
     * @param text both, for people
     */
    private record Part(String who, String fault, String place, String text) {
        JsonObject toJson() {
            return new JsonObject().put("who", who).put("fault", fault).put("place", place);
        }
    }

    /** {@code faults}: the roles of this process that do not work, by name, with the reason in one word. */
    public Standing(Status now, Map<String, String> faults) {
        this.now = now;
        var others = new TreeMap<>(faults);
        for (var consumer : now.consumers()) {
            var fault = others.remove(consumer.name());
            // The fault of a part of the consumer, consumer0/3, explains why the whole is behind.
            if (fault == null && others.keySet().stream().map(Events::roleOf).noneMatch(consumer.name()::equals)) {
                fault = late(consumer.behindFor());
            }
            var place = consumer.lag() == 0
                    ? "level"
                    : Words.number(consumer.lag()) + " behind" + since(consumer.behindFor());
            parts.add(new Part(
                    consumer.name(),
                    fault,
                    place,
                    consumer.name() + " " + (fault == null || fault.equals(BEHIND) ? "" : fault + ", ") + place));
        }
        if (now.staged() > 0) {
            stage("sealing", now.stagedInWords() + " staged", now.stagedFor());
        }
        var log = now.log();
        if (late(log.unpublishedFor()) != null) {
            stage(
                    "publishing",
                    Words.number(log.headOffset() - log.publishedOffset()) + " not in Redis",
                    log.unpublishedFor());
        }
        others.forEach((role, fault) -> parts.add(new Part(role, fault, null, role + " " + fault)));
    }

    private void stage(String name, String what, Duration waiting) {
        var place = what + since(waiting);
        parts.add(new Part(name, late(waiting), place, place));
    }

    private static String late(Duration waiting) {
        return waiting.compareTo(PATIENCE) > 0 ? BEHIND : null;
    }

    private static String since(Duration waiting) {
        return waiting.toSeconds() == 0 ? "" : " for " + Words.span(waiting);
    }

    /** Whether all roles work and nothing waits for long. */
    public boolean well() {
        return parts.stream().allMatch(part -> part.fault == null);
    }

    /** One sentence, which changes only when a problem begins or ends. */
    public String headline() {
        if (well()) {
            int consumers = now.consumers().size();
            return switch (consumers) {
                case 0 -> "No consumer is registered";
                case 1 -> "The only consumer keeps up";
                case 2 -> "Both consumers keep up";
                default -> "All " + consumers + " consumers keep up";
            };
        }
        var byFault = parts.stream()
                .filter(part -> part.fault != null)
                .collect(Collectors.groupingBy(
                        Part::fault, LinkedHashMap::new, Collectors.mapping(Part::who, Collectors.toList())));
        return byFault.entrySet().stream()
                .map(entry ->
                        listed(entry.getValue()) + (entry.getValue().size() == 1 ? " is " : " are ") + entry.getKey())
                .collect(Collectors.joining("; "));
    }

    /** The details name them all. */
    private static String listed(List<String> names) {
        if (names.size() > MOST_NAMES) {
            return String.join(", ", names.subList(0, MOST_NAMES - 1)) + " and " + (names.size() - MOST_NAMES + 1)
                    + " others";
        }
        int last = names.size() - 1;
        return last == 0 ? names.get(0) : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    /** The position of each consumer: {@code consumer0 level; consumer1 paused, 34 behind for 12 s}. */
    public String details() {
        return parts.stream().map(Part::text).collect(Collectors.joining("; "));
    }

    /** The result of the audit, if there is one, and the positions. */
    public String summary() {
        var books = now.audited()
                ? (now.balanced() ? "nothing is lost" : "the books do not balance") + ": " + now.total()
                : headline();
        return books + (parts.isEmpty() ? "" : "; " + details());
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("well", well())
                .put("headline", headline())
                .put("details", details())
                .put("parts", new JsonArray(parts.stream().map(Part::toJson).toList()));
    }
}
