package rocketrides.operations;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.micrometer.PrometheusScrapingHandler;
import io.vertx.micrometer.VertxPrometheusOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The meters of one process, those of Vert.x and our own, served at {@code /metrics} in the text format of Prometheus.
 */
public final class Metrics implements Consumer<Router> {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    public Metrics() {
        // A pool of Redis connections has one connection, and is closed with it, which Vert.x does not count as an end.
        registry.config().meterFilter(MeterFilter.deny(id -> "redis".equals(id.getTag("pool_type"))));
        registry.config().meterFilter(new MeterFilter() {
            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                return id.getName().equals("vertx.http.server.response.time")
                        ? DistributionStatisticConfig.builder()
                                .serviceLevelObjectives(Arrays.stream(EventMeters.BUCKETS)
                                        .mapToDouble(Duration::toNanos)
                                        .toArray())
                                .build()
                                .merge(config)
                        : config;
            }
        });
    }

    public PrometheusMeterRegistry registry() {
        return registry;
    }

    /** Builds a Vert.x whose metrics go to this registry. */
    public VertxBuilder measured(VertxOptions options) {
        return Vertx.builder()
                .with(options.setMetricsOptions(new MicrometerMetricsOptions()
                        .setEnabled(true)
                        .setRegistryName(UUID.randomUUID().toString()) // several instances may exist in one JVM
                        .setPrometheusOptions(new VertxPrometheusOptions().setEnabled(true))))
                .withMetrics(new MicrometerMetricsFactory(registry));
    }

    @Override
    public void accept(Router router) {
        router.get("/metrics").method(HttpMethod.HEAD).handler(PrometheusScrapingHandler.create(registry));
    }
}
