package rocketrides.bench;

import java.util.ArrayList;
import java.util.List;
import rocketrides.bench.Cpu.Measured;
import rocketrides.bench.Cpu.Used;

/** The rounds of one figure, with the CPU that was used in all of them. */
final class Rounds {
    private final List<Double> values = new ArrayList<>();
    private Used used = Used.NOTHING;

    static Rounds of(double value, Used used) {
        var rounds = new Rounds();
        rounds.add(value, used);
        return rounds;
    }

    static Rounds of(double value) {
        return of(value, Used.NOTHING);
    }

    void add(Measured<Double> round) {
        add(round.value(), round.used());
    }

    void add(double value, Used during) {
        values.add(value);
        used = used.plus(during);
    }

    boolean isEmpty() {
        return values.isEmpty();
    }

    Used used() {
        return used;
    }

    double median() {
        var sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    double min() {
        return values.stream().mapToDouble(d -> d).min().orElseThrow();
    }

    double max() {
        return values.stream().mapToDouble(d -> d).max().orElseThrow();
    }

    int count() {
        return values.size();
    }
}
