package rocketrides.operations;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import rocketrides.status.Members;

/**
 * Gauges for whether each role has an owner, and how many processes take part in it. Read from Postgres, so equal in
 * all processes.
 */
final class MemberMeters {
    private final MultiGauge owned;
    private final MultiGauge members;

    MemberMeters(MeterRegistry registry) {
        owned = MultiGauge.builder("rocketrides.assignment.owned").register(registry);
        members = MultiGauge.builder("rocketrides.members").register(registry);
    }

    /** {@code now}: null if it could not be read; there are no gauges then. */
    void show(Members now) {
        show(owned, now, role -> role.owner() == null ? 0 : 1);
        show(members, now, Members.Role::members);
    }

    private static void show(MultiGauge gauge, Members now, ToDoubleFunction<Members.Role> value) {
        var roles = now == null ? List.<Members.Role>of() : now.roles();
        gauge.register(
                roles.stream()
                        .<MultiGauge.Row<?>>map(
                                role -> MultiGauge.Row.of(Tags.of("role", role.name()), value.applyAsDouble(role)))
                        .collect(Collectors.toList()),
                true);
    }
}
