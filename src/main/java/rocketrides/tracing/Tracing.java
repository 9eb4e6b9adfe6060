package rocketrides.tracing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Sends spans to a collector. If the process dies, the spans of the last second are lost. */
public final class Tracing implements AutoCloseable {
    private static final String NAME = "rocket-rides-log";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration SEND_EVERY = Duration.ofSeconds(1);
    private static final int BATCH = 1_024;
    private static final int MAX_QUEUED = 16_384;
    private static final long CLOSE_SECONDS = 5;

    /**
     * The SDK logs to {@code java.util.logging}. The JDK drops a logger that nothing references, so this field holds
     * it.
     */
    private final Logger sdk = Logger.getLogger("io.opentelemetry");

    private final Handler ourLog = new SLF4JBridgeHandler();
    private final SdkTracerProvider provider;
    private final Tracer tracer;
    private final String stream;

    /** {@code stream}: the destination name in the spans. */
    public Tracing(URI endpoint, double sample, String stream) {
        sdk.setUseParentHandlers(false);
        sdk.addHandler(ourLog);
        // No retries: a batch that is retried would delay those behind it, and the stop.
        var exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(endpoint.toString().replaceFirst("/*$", "/v1/traces"))
                .setConnectTimeout(TIMEOUT)
                .setTimeout(TIMEOUT)
                .setRetryPolicy(null)
                .build();
        var attributes = Attributes.builder()
                .put("service.name", NAME)
                .put("process.pid", ProcessHandle.current().pid())
                .build();
        provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault().merge(Resource.create(attributes)))
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(sample)))
                .addSpanProcessor(BatchSpanProcessor.builder(new WatchedExporter(exporter, endpoint))
                        .setScheduleDelay(SEND_EVERY)
                        .setExporterTimeout(TIMEOUT)
                        .setMaxExportBatchSize(BATCH)
                        .setMaxQueueSize(MAX_QUEUED)
                        .build())
                .build();
        tracer = provider.get(NAME);
        this.stream = stream;
    }

    /** For {@code ApiVerticle}: starts a trace for each {@code POST}, or continues the client's. */
    public Consumer<Router> requests() {
        return new TracedRequests(tracer);
    }

    /** Creates the spans of records. Deploy it before streamers and consumers. */
    public Deployable records() {
        return new TracedRecords(tracer, stream);
    }

    /** Sends the remaining spans, for at most {@value #CLOSE_SECONDS} s. */
    @Override
    public void close() {
        provider.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS);
        sdk.removeHandler(ourLog);
    }
}
