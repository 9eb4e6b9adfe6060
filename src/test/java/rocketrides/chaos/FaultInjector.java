package rocketrides.chaos;

import java.io.IOException;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import rocketrides.testing.Pause;
import rocketrides.testing.Proxy;

/**
 * Carries out a schedule on a cluster. Faults of one target run one after the other, those of different targets at the
 * same time. When {@link #run} returns, every fault is undone: everything runs, and nothing is paused, disconnected,
 * slow or refused.
 */
final class FaultInjector {
    private final Cluster cluster;
    private final List<StreamWatcher> streams;
    private final Findings findings;
    private final Map<ScheduledFault.Kind, Integer> done = new EnumMap<>(ScheduledFault.Kind.class);

    FaultInjector(Cluster cluster, List<StreamWatcher> streams, Findings findings) {
        this.cluster = cluster;
        this.streams = streams;
        this.findings = findings;
    }

    /** How many faults of each kind have been carried out. */
    synchronized Map<ScheduledFault.Kind, Integer> done() {
        return new EnumMap<>(done);
    }

    void run(Schedule schedule) throws InterruptedException {
        var lanes = new HashMap<String, ExecutorService>();
        long begin = System.nanoTime();
        for (var fault : schedule.faults()) {
            Pause.millis(fault.at() - (System.nanoTime() - begin) / 1_000_000);
            lanes.computeIfAbsent(lane(fault), target -> Executors.newSingleThreadExecutor())
                    .execute(() -> inject(fault));
        }
        for (var lane : lanes.values()) {
            lane.shutdown();
            lane.awaitTermination(5, TimeUnit.MINUTES);
        }
    }

    /** A fault that only holds a session open does not delay others. */
    private static String lane(ScheduledFault fault) {
        return switch (fault.kind()) {
            case STUCK_READER, STUCK_WRITER -> fault.kind().toString();
            case TERMINATE_ALL, TERMINATE_BEFORE_MARK -> "sessions";
            default -> fault.target();
        };
    }

    private void inject(ScheduledFault fault) {
        boolean redis = fault.kind().victim == ScheduledFault.Victim.REDIS;
        // A node of a Cluster that was cut off from the others may refuse a part of a batch.
        if (fault.kind().forgets() || redis && cluster.redis().servers().size() > 1) {
            streams.forEach(stream -> stream.expectGap(fault.lasts()));
        }
        try {
            switch (fault.kind().victim) {
                case PROCESS -> hit(fault, cluster.role(fault.target()));
                case POSTGRES -> new PostgresFaults(cluster.postgres()).inject(fault);
                case REDIS -> new RedisFaults(cluster.redis(), cluster.streams()).inject(fault);
            }
            synchronized (this) {
                done.merge(fault.kind(), 1, Integer::sum);
            }
        } catch (SQLException e) {
            System.out.println("not carried out, Postgres is away: " + fault.number() + " " + fault.kind());
        } catch (IOException | RuntimeException | AssertionError e) {
            findings.check(Findings.Invariant.LOUD_STOP, false, "the harness cannot carry out %s: %s", fault, e);
        }
    }

    private static void hit(ScheduledFault fault, Role role) throws IOException {
        switch (fault.kind()) {
            case KILL -> {
                role.program().kill();
                Pause.millis(fault.lasts());
                role.program().start();
            }
            case PAUSE -> {
                role.program().signal("STOP");
                Pause.millis(fault.lasts());
                role.program().signal("CONT");
            }
            case CUT_POSTGRES -> role.postgres().cut();
            case CUT_REDIS -> fault.chosen(role.redis()).forEach(Proxy::cut);
            case HOLE_POSTGRES -> hole(List.of(role.postgres()), fault);
            case HOLE_REDIS -> hole(fault.chosen(role.redis()), fault);
            case DELAY_POSTGRES -> slow(List.of(role.postgres()), fault);
            case DELAY_REDIS -> slow(fault.chosen(role.redis()), fault);
            default -> throw new IllegalArgumentException("not for a process: " + fault);
        }
    }

    private static void hole(List<Proxy> proxies, ScheduledFault fault) {
        proxies.forEach(proxy -> proxy.blackHole(true));
        Pause.millis(fault.lasts());
        proxies.forEach(proxy -> proxy.blackHole(false));
    }

    private static void slow(List<Proxy> proxies, ScheduledFault fault) {
        proxies.forEach(proxy -> proxy.delay(fault.amount()));
        Pause.millis(fault.lasts());
        proxies.forEach(proxy -> proxy.delay(0));
    }
}
