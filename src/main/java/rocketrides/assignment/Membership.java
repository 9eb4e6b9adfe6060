package rocketrides.assignment;

import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * What this process owns, as far as it can know: what the last answered beat said, until that beat was sent {@link #LEASE}
 * ago. So a process that cannot reach Postgres owns nothing by the time that others may take its leases. Beats are sent on
 * one context; anybody may ask.
 */
public final class Membership {
    /** How long a lease lasts. By the clock of Postgres for others, and by our own monotonic clock for us. */
    public static final Duration LEASE = Duration.ofSeconds(3);

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

    /** Of this process and no other one: host, process and a random number, for people to read. */
    public static String newId() {
        var random = ThreadLocalRandom.current().nextInt(0x1000_0000, Integer.MAX_VALUE);
        return host() + "/" + ProcessHandle.current().pid() + "/" + Integer.toHexString(random);
    }

    /** Without asking a name server, which might take seconds. */
    private static String host() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return Objects.requireNonNullElse(System.getenv("HOSTNAME"), "host");
        }
    }

    /** Fails as {@link Leases#beat}; then what the last answer said holds until it is too old. */
    Future<Void> beat() {
        long sent = nanoTime.getAsLong(); // before Postgres looks at its clock, so we never outlive the lease
        return leases.beat()
                .onSuccess(owned -> {
                    if (!left) {
                        last = new Answer(Set.copyOf(owned), sent);
                    }
                })
                .mapEmpty();
    }

    /** To be called when the work has stopped: others take over at once. */
    Future<Void> leave() {
        left = true;
        last = NONE;
        return leases.release();
    }

    public Set<Lease> owned() {
        var answer = last;
        return remaining(answer).isZero() ? Set.of() : answer.owned();
    }

    /** The partitions of the role that it owns. */
    public Set<Integer> partitions(String role) {
        return owned().stream()
                .filter(lease -> lease.role().equals(role))
                .map(Lease::partition)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** For how long what is owned now is owned without another answer; zero if nothing is. */
    Duration remaining() {
        return remaining(last);
    }

    private Duration remaining(Answer answer) {
        if (answer.owned().isEmpty()) {
            return Duration.ZERO;
        }
        var nanos = LEASE.toNanos() - (nanoTime.getAsLong() - answer.sentNanos());
        return nanos <= 0 ? Duration.ZERO : Duration.ofNanos(nanos);
    }
}
