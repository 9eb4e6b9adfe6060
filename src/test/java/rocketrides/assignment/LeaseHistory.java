package rocketrides.assignment;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One history of some processes over one simulated Postgres, all of it from one seed: half a minute in which processes start,
 * stop, die, stand still and lose the network, then rest, then one that comes and one that stops. Each process has the real
 * {@link Membership}, and beats as the process does. The messages in both directions take time.
 */
final class LeaseHistory {
    private static final long MILLIS = 1_000_000;
    private static final long BEAT = 500;
    private static final long LIMIT = 1_200;
    private static final long SLOWEST = 40;
    private static final long LOOK = 25;
    private static final long FAULTS_END = 30_000;
    /** A lease that nobody renews, two beats, and a beat that gets no answer because it began before. */
    private static final long SETTLED = FAULTS_END + 3_000 + 2 * BEAT + LIMIT + 4 * SLOWEST;

    /** What an owner's beat and then a newcomer's take at most. */
    private static final long TWO_BEATS = 2 * BEAT + 4 * SLOWEST;

    private static final List<Lease> ALL = work("streamer", 1, "consumer0", 1, "consumer1", 1, "audit", 1, "parts", 5);

    /** Not every process takes part in every role. */
    private static final List<List<Lease>> SOME =
            List.of(work("audit", 1), work("streamer", 1, "audit", 1), work("consumer0", 1, "audit", 1, "parts", 5));

    private record Event(long at, long number, Runnable action) {}

    private final SplittableRandom random;
    private final LeaseMutant mutant;
    private final LeaseTables tables;
    private final long clockOffset;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparing(Event::at).thenComparing(Event::number));
    private final List<Process> processes = new ArrayList<>();
    private List<Lease> parts = List.copyOf(work("parts", 5));
    private boolean postgresAway;
    private long now;
    private long numbers;

    LeaseHistory(long seed, LeaseMutant mutant) {
        this.random = new SplittableRandom(seed);
        this.mutant = mutant;
        this.tables = new LeaseTables(mutant);
        this.clockOffset = random.nextLong(1_000_000_000);
    }

    private final class Process implements Leases {
        final String id = "process" + numbers++;
        Collection<Lease> work;
        /** The mutant's clock stands still. */
        final Membership membership = new Membership(
                this, () -> mutant == LeaseMutant.BELIEF_OUTLIVES_ITS_BEAT ? 0 : LeaseHistory.this.now * MILLIS);

        final List<Runnable> whilePaused = new ArrayList<>();
        boolean paused;
        boolean cutOff;
        boolean stopping;
        boolean gone;
        long lastAnsweredSent = Long.MIN_VALUE;

        Process(Collection<Lease> work) {
            this.work = work;
            look();
            processes.add(this);
            step();
        }

        boolean atWork() {
            return !gone && !stopping;
        }

        /** As a loop of the process does: only while it runs. */
        void here(Runnable action) {
            if (paused) {
                whilePaused.add(action);
            } else if (!gone) {
                action.run();
            }
        }

        private void step() {
            long sent = now;
            membership.beat(work).onComplete(done -> {
                if (done.succeeded()) {
                    lastAnsweredSent = sent;
                    look();
                }
                if (!stopping) {
                    after(Math.max(0, BEAT - (now - sent)), () -> here(this::stepUnlessStopping));
                }
            });
        }

        /** Which partitions the role of several has by now. */
        private void look() {
            if (work.stream().anyMatch(LeaseHistory::isPart)) {
                work = Stream.concat(work.stream().filter(lease -> !isPart(lease)), parts.stream())
                        .toList();
            }
        }

        private void stepUnlessStopping() {
            if (!stopping) {
                step();
            }
        }

        @Override
        public Future<Set<Lease>> beat(Collection<Lease> asked) {
            return send(() -> tables.beat(id, asked, now + clockOffset));
        }

        @Override
        public Future<Void> release() {
            return send(() -> {
                        tables.release(id);
                        return Set.<Lease>of();
                    })
                    .mapEmpty();
        }

        private Future<Set<Lease>> send(java.util.function.Supplier<Set<Lease>> statement) {
            var answer = Promise.<Set<Lease>>promise();
            after(LIMIT, () -> here(() -> answer.tryFail("late")));
            if (reachesPostgres()) {
                after(random.nextLong(SLOWEST), () -> {
                    if (postgresAway) {
                        return;
                    }
                    var rows = statement.get();
                    if (reachesPostgres()) {
                        after(random.nextLong(SLOWEST), () -> here(() -> answer.tryComplete(rows)));
                    }
                });
            }
            return answer.future();
        }

        private boolean reachesPostgres() {
            return !cutOff && !postgresAway;
        }

        void goOn() {
            paused = false;
            var missed = List.copyOf(whilePaused);
            whilePaused.clear();
            missed.forEach(this::here);
        }

        void stop() {
            stopping = true;
            // the beat in flight is waited for; both are over the same connection
            after(2 * SLOWEST, () -> here(() -> membership.leave().onComplete(left -> gone = true)));
        }
    }

    private void after(long millis, Runnable action) {
        events.add(new Event(now + millis, numbers++, action));
    }

    /** What was violated, or null. */
    String run() {
        new Process(ALL);
        for (long at = 0; at < FAULTS_END; at += 100 + random.nextLong(2_000)) {
            events.add(new Event(at, numbers++, this::fault));
        }
        var violation = runUntil(FAULTS_END, false);
        if (violation != null) {
            return violation;
        }
        postgresAway = false;
        processes.forEach(process -> {
            process.cutOff = false;
            process.goOn();
        });
        if (atWork().isEmpty()) {
            new Process(ALL);
        }
        violation = runUntil(SETTLED, false);
        violation = violation != null ? violation : runUntil(SETTLED + 4_000, true);
        if (violation == null) {
            new Process(ALL);
            violation = runUntil(now + TWO_BEATS, false);
            violation = violation != null ? violation : afterThat("after one came", runUntil(now + 2_000, true));
        }
        if (violation == null) {
            var owners = atWork().stream()
                    .filter(process -> !process.membership.owned().isEmpty())
                    .toList();
            owners.get(random.nextInt(owners.size())).stop();
            if (atWork().isEmpty()) {
                return null;
            }
            violation = runUntil(now + TWO_BEATS, false);
            violation = violation != null ? violation : afterThat("after one stopped", runUntil(now + 2_000, true));
        }
        return violation;
    }

    private static String afterThat(String what, String violation) {
        return violation == null ? null : what + ": " + violation;
    }

    private void fault() {
        var running = atWork();
        if (running.isEmpty() || running.size() < 5 && random.nextInt(4) == 0) {
            new Process(random.nextInt(3) == 0 ? SOME.get(random.nextInt(SOME.size())) : ALL);
            return;
        }
        var one = running.get(random.nextInt(running.size()));
        long lasts = random.nextInt(3) == 0 ? random.nextLong(15_000) : random.nextLong(3_000);
        switch (random.nextInt(7)) {
            case 0 -> one.gone = true;
            case 1 -> one.stop();
            case 2, 3 -> {
                one.paused = true;
                after(lasts, one::goOn);
            }
            case 4 -> changeParts();
            case 5 -> {
                one.cutOff = true;
                after(lasts, () -> one.cutOff = false);
            }
            default -> {
                postgresAway = true;
                after(lasts, () -> postgresAway = false);
            }
        }
    }

    /** Some of the partitions are done, and there are some new ones. */
    private void changeParts() {
        int first = parts.get(0).partition() + random.nextInt(4);
        parts = IntStream.range(first, first + 2 + random.nextInt(5))
                .mapToObj(partition -> new Lease("parts", partition))
                .toList();
    }

    private static boolean isPart(Lease lease) {
        return lease.role().equals("parts");
    }

    private String runUntil(long end, boolean atRest) {
        for (; now < end; now++) {
            while (!events.isEmpty() && events.peek().at() <= now) {
                events.poll().action().run();
            }
            var violation = now % LOOK != 0 ? null : atRest ? atRest() : alwaysTrue();
            if (violation != null) {
                return "at " + now + " ms: " + violation;
            }
        }
        return null;
    }

    private List<Process> atWork() {
        return processes.stream().filter(Process::atWork).toList();
    }

    /** A process that stands still believes nothing meanwhile: it does not even look. */
    private String alwaysTrue() {
        for (var process : processes) {
            if (!process.gone
                    && !process.paused
                    && now - process.lastAnsweredSent >= Membership.LEASE.toMillis()
                    && !process.membership.owned().isEmpty()) {
                return process.id + " believes a beat that it sent at " + process.lastAnsweredSent;
            }
        }
        return null;
    }

    private String atRest() {
        var owned = new HashSet<Lease>();
        for (var process : atWork()) {
            for (var lease : process.membership.owned()) {
                if (!process.work.contains(lease)) {
                    return process.id + " owns " + lease + ", which needs no work";
                }
                if (!owned.add(lease)) {
                    return lease + " has two owners";
                }
            }
            for (var role : process.work.stream().map(Lease::role).collect(Collectors.toSet())) {
                var live = atWork().stream()
                        .filter(other -> other.work.stream()
                                .anyMatch(lease -> lease.role().equals(role)))
                        .map(other -> other.id)
                        .collect(Collectors.toSet());
                var share = LeaseTables.share(role, live, process.id, partitions(process, role));
                var has = process.membership.owned().stream()
                        .filter(lease -> lease.role().equals(role))
                        .count();
                if (has > share) {
                    return process.id + " has " + has + " of " + role + ", its share is " + share;
                }
            }
        }
        for (var process : atWork()) {
            for (var lease : process.work) {
                if (!owned.contains(lease)) {
                    return lease + " has no owner";
                }
            }
        }
        return alwaysTrue();
    }

    private static int partitions(Process process, String role) {
        return (int)
                process.work.stream().filter(lease -> lease.role().equals(role)).count();
    }

    /** {@code rolesAndPartitions}: a role, then how many it has, and so on. */
    static List<Lease> work(Object... rolesAndPartitions) {
        var work = new ArrayList<Lease>();
        for (int i = 0; i < rolesAndPartitions.length; i += 2) {
            for (int partition = 0; partition < (int) rolesAndPartitions[i + 1]; partition++) {
                work.add(new Lease((String) rolesAndPartitions[i], partition));
            }
        }
        return work;
    }
}
