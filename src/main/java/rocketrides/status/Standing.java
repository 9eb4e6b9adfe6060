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
import rocketrides.runtime.Words;

/**
 * Who is where: how far each consumer has come, what waits, and which roles of this process do not work. This says nothing
 * about the books: they balance also while a consumer is paused, because what it has not counted is on its way to it.
 */
public final class Standing {
    /** What has waited for longer than this is behind. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String BEHIND = "behind";

    /**
     * @param fault what is wrong: {@code paused}, {@code failing}, {@code behind}, …; null if nothing is
     * @param place where it stands; null if there is nothing to say
     */
    private record Part(String who, String fault, String place, String text) {
        static Part role(String name, String fault) {
            return new Part(name, fault, null, name + " " + fault);
        }

        static Part consumer(String name, String fault, String place) {
            boolean told = fault == null || fault.equals(BEHIND);
            return new Part(name, fault, place, name + " " + (told ? "" : fault + ", ") + place);
        }

        static Part stage(String name, String fault, String place) {
            return new Part(name, fault, place, place);
        }

        JsonObject toJson() {
            return new JsonObject().put("who", who).put("fault", fault).put("place", place);
        }
    }

    private final Status now;
    private final List<Part> parts;

    private Standing(Status now, List<Part> parts) {
        this.now = now;
        this.parts = parts;
    }

    /** {@code faults}: the roles of this process that do not do their work, by name, each with one word for why. */
    public static Standing of(Status now, Map<String, String> faults) {
        var others = new TreeMap<>(faults);
        var parts = new ArrayList<Part>();
        for (var consumer : now.consumers()) {
            var fault = others.remove(consumer.name());
            parts.add(Part.consumer(
                    consumer.name(),
                    fault == null ? late(consumer.behindFor()) : fault,
                    consumer.lag() == 0 ? "level" : consumer.lag() + " behind" + since(consumer.behindFor())));
        }
        if (now.staged() > 0) {
            parts.add(Part.stage(
                    "sealing", late(now.stagedFor()), now.stagedInWords() + " staged" + since(now.stagedFor())));
        }
        var log = now.log();
        if (late(log.unpublishedFor()) != null) {
            parts.add(Part.stage(
                    "publishing",
                    BEHIND,
                    (log.headOffset() - log.publishedOffset()) + " not in Redis" + since(log.unpublishedFor())));
        }
        others.forEach((role, fault) -> parts.add(Part.role(role, fault)));
        return new Standing(now, parts);
    }

    private static String late(Duration waiting) {
        return waiting.compareTo(PATIENCE) > 0 ? BEHIND : null;
    }

    private static String since(Duration waiting) {
        return waiting.toSeconds() == 0 ? "" : " for " + Words.span(waiting);
    }

    /** Whether everything works and nothing waits for long. */
    public boolean well() {
        return parts.stream().allMatch(part -> part.fault == null);
    }

    /** One sentence, which changes only when somebody begins or ceases to do their work. */
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
        var byFault = new LinkedHashMap<String, List<String>>();
        for (var part : parts) {
            if (part.fault != null) {
                byFault.computeIfAbsent(part.fault, fault -> new ArrayList<>()).add(part.who);
            }
        }
        return byFault.entrySet().stream()
                .map(entry ->
                        listed(entry.getValue()) + (entry.getValue().size() == 1 ? " is " : " are ") + entry.getKey())
                .collect(Collectors.joining("; "));
    }

    private static String listed(List<String> names) {
        int last = names.size() - 1;
        return last == 0 ? names.get(0) : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    /** Where everybody is: {@code consumer0 level, consumer1 paused, 34 behind for 12 s}. */
    public String details() {
        return parts.stream().map(Part::text).collect(Collectors.joining("; "));
    }

    /** Both: whether anything is lost or counted twice, if that is audited, and where everybody is. */
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
