package rocketrides.assignment;

import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import rocketrides.status.Members;

/**
 * The leases that this process owns, as far as it can know: those of the last answered beat, until {@link #LEASE} after
 * that beat was sent. So a process that cannot reach Postgres considers itself owner of nothing before other processes
 * can take its leases. Beats are sent on one context; the other methods may be called from any thread.
 */
public final class Membership {
    /** How long a lease lasts: for others by the clock of Postgres, for its owner by this process's monotonic clock. */
    public static final Duration LEASE = Members.LEASE;

    private static final Answer NONE = new Answer(Set.of(), 0);

    private final Leases leases;
    private final LongSupplier nanoTime;
    private volatile Answer last = NONE;
    private boolean left;

    private record Answer(Set<Lease> owned, long sentNanos) {}

    public Membership(Leases leases, LongSupplier nanoTime) {
        this.leases = leases;
        this.nanoTime = nanoTime;
    }

    /** A unique ID for this process, readable for people: host, process ID and a random number. */
    public static String newId() {
        var random = ThreadLocalRandom.current().nextInt(0x1000_0000, Integer.MAX_VALUE);
        return host() + "/" + ProcessHandle.current().pid() + "/" + Integer.toHexString(random);
    }

    /** Read from the kernel: a name server might take seconds. */
    private static String host() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return Objects.requireNonNullElse(System.getenv("HOSTNAME"), "host");
        }
    }

    /** Fails like {@link Leases#beat}. The last reply then remains valid until it is too old. */
    Future<Void> beat(Collection<Lease> work) {
        long sent = nanoTime.getAsLong(); // before Postgres reads its clock, so it errs on the short side
        return leases.beat(work)
                .onSuccess(owned -> {
                    if (!left) {
                        last = new Answer(Set.copyOf(owned), sent);
                    }
                })
                .mapEmpty();
    }

    /** Call this when the work has stopped, so that others take over at once. */
    Future<Void> leave() {
        left = true;
        last = NONE;
        return leases.release();
    }

    public Set<Lease> owned() {
        return remaining().isZero() ? Set.of() : last.owned();
    }

    /** The partitions of the role that this process owns. */
    public Set<Integer> partitions(String role) {
        return owned().stream()
                .filter(lease -> lease.role().equals(role))
                .map(Lease::partition)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** How long the current leases last without another reply; zero without leases. */
    Duration remaining() {
        var answer = last;
        var nanos = LEASE.toNanos() - (nanoTime.getAsLong() - answer.sentNanos());
        return answer.owned().isEmpty() || nanos <= 0 ? Duration.ZERO : Duration.ofNanos(nanos);
    }
}
