package rocketrides;

import io.vertx.core.Deployable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import rocketrides.consumer.Projection;
import rocketrides.status.Books;

/**
 * The declarations of a {@link TransactionalLog}.
 *
 * @param description for the help; may be empty
 * @param schema resources, applied in this order
 * @param sections the program's own settings: records with their section
 * @param books {@link Books#NONE} if there are none
 */
record Program(
        String name,
        String description,
        List<String> schema,
        List<Declared> consumers,
        Books books,
        List<TransactionalLog.Routes> routes,
        Map<Class<? extends Record>, String> sections,
        List<Function<ProgramContext, List<? extends Deployable>>> deployments) {

    Program {
        schema = List.copyOf(schema);
        consumers = List.copyOf(consumers);
        routes = List.copyOf(routes);
        sections = Map.copyOf(sections);
        deployments = List.copyOf(deployments);
    }

    /** One consumer with this name, or {@code consumer.instances} consumers {@code name0}, {@code name1}, … */
    record Declared(String name, boolean numbered, Projection<?> projection) {
        private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,49}");

        /** Names that a process's other roles and loops use. */
        private static final Pattern TAKEN =
                Pattern.compile("(api|streamer)\\d*|assignment|audit|dashboard|operations|retention");

        Declared {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("the consumer's name is \"" + name
                        + "\", allowed: one of a-z, then up to 49 of a-z, 0-9, - and _");
            }
            if (TAKEN.matcher(name).matches()) {
                throw new IllegalArgumentException("the consumer's name is \"" + name
                        + "\", allowed: any but api, streamer, assignment, audit, dashboard, operations and retention");
            }
        }

        /** {@code instances}: the value of {@code consumer.instances}. With 0, this process runs no consumer. */
        List<String> names(int instances) {
            return numbered
                    ? IntStream.range(0, instances).mapToObj(i -> name + i).toList()
                    : instances == 0 ? List.of() : List.of(name);
        }

        /** Accepts any number: the consumer may date from a time when more instances were configured. */
        boolean has(String consumer) {
            return numbered
                    ? consumer.startsWith(name)
                            && consumer.substring(name.length()).matches("0|[1-9][0-9]{0,8}")
                    : consumer.equals(name);
        }

        boolean clashesWith(Declared other) {
            return name.equals(other.name) || has(other.name) || other.has(name);
        }

        @Override
        public String toString() {
            return numbered ? name + "0, " + name + "1, …" : name;
        }
    }

    /** The consumers that a process runs, by name. {@code instances}: the value of {@code consumer.instances}. */
    Map<String, Projection<?>> consumers(int instances) {
        var byName = new LinkedHashMap<String, Projection<?>>();
        consumers.forEach(
                declared -> declared.names(instances).forEach(consumer -> byName.put(consumer, declared.projection())));
        return byName;
    }

    /**
     * The projection of the consumer with this name.
     *
     * @throws IllegalArgumentException if this program has no such consumer; the message names those it has
     */
    Projection<?> projection(String consumer) {
        return consumers.stream()
                .filter(declared -> declared.has(consumer))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("this program has no consumer \"" + consumer
                        + "\", it has: "
                        + consumers.stream().map(Declared::toString).collect(Collectors.joining(", "))))
                .projection();
    }
}
