package rocketrides.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Evaluates the rules of docs/prometheus-alerts.yml on one scrape, as Prometheus does, but ignores {@code for}. */
public final class AlertRules {
    private static final Pattern RULE =
            Pattern.compile("(min|max) ?(?:by \\(([\\w, ]+)\\) )?\\((\\w+)(?:\\{.*})?\\) (==|>) ([0-9.]+)");
    private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");

    private final Map<String, String> expressions = new LinkedHashMap<>();

    public AlertRules() throws IOException {
        var yaml = (Map<?, ?>) new Load(LoadSettings.builder().build())
                .loadFromString(Files.readString(Path.of("docs/prometheus-alerts.yml")));
        for (var group : (List<?>) yaml.get("groups")) {
            for (var entry : (List<?>) ((Map<?, ?>) group).get("rules")) {
                var rule = (Map<?, ?>) entry;
                expressions.put((String) rule.get("alert"), (String) rule.get("expr"));
            }
        }
    }

    public Set<String> alerts() {
        return expressions.keySet();
    }

    /** Whether the expression is true for any of its groups. */
    public boolean fires(String alert, String scrape) {
        var rule = RULE.matcher(expressions.get(alert));
        if (!rule.matches()) {
            throw new AssertionError("teach this test to evaluate " + expressions.get(alert));
        }
        BinaryOperator<Double> aggregate = rule.group(1).equals("min") ? Math::min : Math::max;
        var groups = new HashMap<String, Double>();
        scrape.lines()
                .filter(line -> !line.startsWith("#"))
                .map(SAMPLE::matcher)
                .forEach(sample -> {
                    if (sample.matches()
                            && sample.group(1).equals(rule.group(3))
                            && !sample.group(3).equals("NaN")) {
                        groups.merge(group(sample.group(2), rule.group(2)), Double.valueOf(sample.group(3)), aggregate);
                    }
                });
        double limit = Double.parseDouble(rule.group(5));
        return groups.values().stream().anyMatch(value -> rule.group(4).equals("==") ? value == limit : value > limit);
    }

    /** {@code names}: separated by commas; null if there are none. */
    private static String group(String labels, String names) {
        if (labels == null || names == null) {
            return "";
        }
        return Stream.of(names.split(", "))
                .map(name -> Pattern.compile("\\b" + name + "=\"([^\"]*)\"").matcher(labels))
                .map(value -> value.find() ? value.group(1) : "")
                .collect(Collectors.joining(","));
    }
}
