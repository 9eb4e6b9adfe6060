package rocketrides.chaos;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import rocketrides.testing.RedisGroup;

/**
 * One line of a schedule.
 *
 * @param at milliseconds after the round began
 * @param target a process of the program, {@code postgres} or {@code redis}
 * @param lasts milliseconds until it is undone: the server or process is started or continued, the bytes flow again
 * @param amount what else the kind needs: a delay in milliseconds, a length, which node of a Cluster
 */
public record ScheduledFault(int number, long at, Kind kind, String target, long lasts, int amount) {

    /** Whom a kind of fault can hit. */
    enum Victim {
        PROCESS,
        POSTGRES,
        REDIS
    }

    /** What can happen, how often in comparison with the others, and for how long at most. */
    public enum Kind {
        KILL(Victim.PROCESS, 10, 0, 1_000),
        PAUSE(Victim.PROCESS, 10, 100, 8_000),
        CUT_POSTGRES(Victim.PROCESS, 12, 0, 0),
        CUT_REDIS(Victim.PROCESS, 12, 0, 0),
        HOLE_POSTGRES(Victim.PROCESS, 5, 200, 6_000),
        HOLE_REDIS(Victim.PROCESS, 5, 200, 6_000),
        DELAY_POSTGRES(Victim.PROCESS, 4, 500, 4_000),
        DELAY_REDIS(Victim.PROCESS, 4, 500, 4_000),
        POSTGRES_CRASH(Victim.POSTGRES, 3, 0, 1_000),
        POSTGRES_IMMEDIATE(Victim.POSTGRES, 2, 0, 1_000),
        POSTGRES_PAUSE(Victim.POSTGRES, 3, 100, 3_000),
        TERMINATE_ALL(Victim.POSTGRES, 4, 0, 0),
        TERMINATE_BEFORE_MARK(Victim.POSTGRES, 8, 0, 0),
        LEASES_OVER(Victim.POSTGRES, 8, 0, 0),
        STUCK_WRITER(Victim.POSTGRES, 4, 1_000, 8_000),
        STUCK_READER(Victim.POSTGRES, 3, 2_000, 15_000),
        REDIS_CRASH(Victim.REDIS, 4, 0, 1_000),
        REDIS_EMPTY(Victim.REDIS, 4, 0, 1_000),
        REDIS_ROLLBACK(Victim.REDIS, 4, 500, 3_000),
        REDIS_PAUSE(Victim.REDIS, 4, 100, 5_000),
        REDIS_FLUSH(Victim.REDIS, 5, 0, 0),
        REDIS_TRIM(Victim.REDIS, 3, 0, 0),
        REDIS_ALIEN(Victim.REDIS, 3, 0, 0),
        REDIS_OOM(Victim.REDIS, 5, 20, 1_500),
        REDIS_READONLY(Victim.REDIS, 5, 20, 1_500),
        REDIS_NOREPLICAS(Victim.REDIS, 4, 20, 1_500),
        SLOT_MOVED(Victim.REDIS, 8, 0, 0);

        final Victim victim;
        final int weight;
        final int shortest;
        final int longest;

        Kind(Victim victim, int weight, int shortest, int longest) {
            this.victim = victim;
            this.weight = weight;
            this.shortest = shortest;
            this.longest = longest;
        }

        /** Those that this Redis can have: one Redis has no slots, and a node of a Cluster refuses REPLICAOF. */
        static List<Kind> of(RedisGroup.Kind redis) {
            var impossible = redis == RedisGroup.Kind.CLUSTER ? REDIS_READONLY : SLOT_MOVED;
            return Arrays.stream(values()).filter(kind -> kind != impossible).toList();
        }

        /** Whether Redis may lack entries afterwards, or have refused some in the middle of a batch. */
        boolean forgets() {
            return switch (this) {
                case REDIS_CRASH,
                        REDIS_EMPTY,
                        REDIS_ROLLBACK,
                        REDIS_FLUSH,
                        REDIS_TRIM,
                        REDIS_ALIEN,
                        REDIS_OOM,
                        REDIS_READONLY,
                        REDIS_NOREPLICAS -> true;
                default -> false;
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** One of them or all of them; the amount says which. */
    <T> List<T> chosen(List<T> all) {
        int index = amount % (all.size() + 1);
        return index == all.size() ? all : List.of(all.get(index));
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "%4d  %7d ms  %-22s %-10s %5d ms  %d", number, at, kind, target, lasts, amount);
    }
}
