package rocketrides.chaos;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * The faults of one round, expanded from one seed. The same seed, length and number give the same text, and so the same
 * hash. A real run repeats the schedule, but not what the processes are doing at each moment.
 */
public record Schedule(long seed, List<ScheduledFault> faults) {

    /** {@code count} faults of these kinds spread over {@code millis}; the weight of a kind is its frequency. */
    public static Schedule of(long seed, long millis, int count, List<ScheduledFault.Kind> kinds) {
        var random = new SplittableRandom(seed);
        var times = random.longs(count, 0, millis).sorted().toArray();
        int weights = kinds.stream().mapToInt(kind -> kind.weight).sum();
        var faults = new ArrayList<ScheduledFault>(count);
        for (int i = 0; i < count; i++) {
            var kind = pick(kinds, random.nextInt(weights));
            var target =
                    switch (kind.victim) {
                        case PROCESS -> Cluster.PROCESSES.get(random.nextInt(Cluster.PROCESSES.size()));
                        case POSTGRES -> "postgres";
                        case REDIS -> "redis";
                    };
            // short ones are far more frequent than long ones
            double share = Math.pow(random.nextDouble(), 3);
            long lasts = kind.shortest + Math.round(share * (kind.longest - kind.shortest));
            faults.add(new ScheduledFault(i + 1, times[i], kind, target, lasts, random.nextInt(5, 500)));
        }
        return new Schedule(seed, faults);
    }

    private static ScheduledFault.Kind pick(List<ScheduledFault.Kind> kinds, int at) {
        int left = at;
        for (var kind : kinds) {
            left -= kind.weight;
            if (left < 0) {
                return kind;
            }
        }
        throw new IllegalArgumentException("no kind at " + at);
    }

    public String text() {
        return faults.stream().map(ScheduledFault::toString).collect(Collectors.joining("\n", "", "\n"));
    }

    /** Equal for two schedules exactly if they are the same. */
    public String hash() {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(text().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
