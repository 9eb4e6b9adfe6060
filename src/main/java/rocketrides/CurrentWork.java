package rocketrides;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import rocketrides.assignment.Lease;
import rocketrides.assignment.Work;
import rocketrides.config.Settings;
import rocketrides.consumer.Instance;
import rocketrides.consumer.Projection;
import rocketrides.log.Layout;

/**
 * What a process takes part in: the roles that its settings ask for, in the partitions that need work at present. May be
 * used from any thread.
 */
final class CurrentWork implements Work {
    static final String STREAMER = "streamer";
    static final String RETENTION = "retention";
    static final String AUDIT = "audit";

    private final Program program;
    private final Settings settings;
    private final Pool pool;
    private volatile Layout layout;

    /** {@code layout}: at the start. */
    CurrentWork(Program program, Settings settings, Pool pool, Layout layout) {
        this.program = program;
        this.settings = settings;
        this.pool = pool;
        this.layout = layout;
    }

    /** As last read. */
    Layout layout() {
        return layout;
    }

    /** The instances of each consumer, one for each partition that needs it, with their projections. */
    Map<Instance, Projection<?>> instances() {
        var instances = new LinkedHashMap<Instance, Projection<?>>();
        var now = layout;
        program.consumers(settings.consumer().instances()).forEach((name, projection) -> now.toConsume(name)
                .forEach(partition ->
                        instances.put(new Instance(name, partition, now.nameOf(name, partition)), projection)));
        return instances;
    }

    static Lease lease(Instance instance) {
        return new Lease(instance.consumer(), instance.partition());
    }

    @Override
    public Collection<Lease> leases() {
        var leases = new ArrayList<Lease>();
        instances().keySet().forEach(instance -> leases.add(lease(instance)));
        leases.add(new Lease(AUDIT, 0));
        if (settings.streamer().instances() > 0) {
            layout.toStream().forEach(partition -> leases.add(new Lease(STREAMER, partition)));
            leases.add(new Lease(RETENTION, 0));
        }
        return leases;
    }

    @Override
    public Future<?> refresh() {
        return Layout.read(pool).onSuccess(read -> layout = read);
    }

    @Override
    public String nameOf(Lease lease) {
        return Set.of(AUDIT, RETENTION).contains(lease.role())
                ? lease.role()
                : layout.nameOf(lease.role(), lease.partition());
    }
}
