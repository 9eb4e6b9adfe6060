package rocketrides.tracing;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs when spans can no longer be sent, and when they can again: one line for each change. */
final class WatchedExporter implements SpanExporter {
    private static final Logger LOG = LoggerFactory.getLogger("tracing");

    private final SpanExporter exporter;
    private final URI endpoint;
    private boolean failing;
    private long lost;

    WatchedExporter(SpanExporter exporter, URI endpoint) {
        this.exporter = exporter;
        this.endpoint = endpoint;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        int count = spans.size();
        var sent = exporter.export(spans);
        return sent.whenComplete(() -> sent(count, sent));
    }

    private synchronized void sent(int count, CompletableResultCode sent) {
        if (sent.isSuccess() && failing) {
            LOG.info("spans are sent to {} again; {} were lost", endpoint, lost);
            failing = false;
            lost = 0;
        } else if (!sent.isSuccess()) {
            lost += count;
            if (!failing) {
                LOG.warn("spans cannot be sent to {}, and are lost until they can: {}", endpoint, reason(sent));
                failing = true;
            }
        }
    }

    private static String reason(CompletableResultCode sent) {
        var failure = sent.getFailureThrowable();
        return failure == null || failure.getCause() == null
                ? "the collector refused them"
                : failure.getCause().toString();
    }

    @Override
    public CompletableResultCode flush() {
        return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return exporter.shutdown();
    }
}
