package rocketrides.tracing;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Consumer;
import rocketrides.log.Traceparent;

/**
 * A span for each {@code POST}, from its head to its answer: by OpenTelemetry's conventions for HTTP servers. Goes on with
 * the client's trace if it names one, and leaves in the routing context what a record of this request is to carry.
 */
final class TracedRequests implements Consumer<Router> {
    /** Before the routes of the api, which are there already. */
    private static final int FIRST = -1;

    private static final int SERVER_ERROR = 500;
    private static final AttributeKey<String> METHOD = stringKey("http.request.method");
    private static final AttributeKey<String> ROUTE = stringKey("http.route");
    private static final AttributeKey<String> URL_PATH = stringKey("url.path");
    private static final AttributeKey<String> SCHEME = stringKey("url.scheme");
    private static final AttributeKey<Long> STATUS = longKey("http.response.status_code");
    private static final AttributeKey<String> ERROR_TYPE = stringKey("error.type");

    private static final TextMapGetter<MultiMap> HEADERS = (headers, name) -> headers.get(name);

    private final Tracer tracer;

    TracedRequests(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public void accept(Router router) {
        router.post().order(FIRST).handler(this::begin);
    }

    private void begin(RoutingContext request) {
        var headers = request.request().headers();
        var span = tracer.spanBuilder("POST")
                .setParent(W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, HEADERS))
                .setSpanKind(SpanKind.SERVER)
                .setAttribute(METHOD, "POST")
                .setAttribute(URL_PATH, request.request().path())
                .setAttribute(SCHEME, request.request().scheme())
                .startSpan();
        if (span.isRecording()) {
            request.put(Traceparent.FIELD, Spans.traceparent(span.getSpanContext()));
            request.addEndHandler(ended -> {
                if (ended.succeeded()) {
                    answered(span, request);
                } else {
                    span.setStatus(StatusCode.ERROR, "the client has gone")
                            .setAttribute(ERROR_TYPE, ended.cause().getClass().getName());
                }
                span.end();
            });
        }
        request.next();
    }

    private static void answered(Span span, RoutingContext request) {
        var response = request.response();
        var route = request.currentRoute();
        if (route != null && route.getPath() != null) {
            span.updateName("POST " + route.getPath()).setAttribute(ROUTE, route.getPath());
        }
        span.setAttribute(STATUS, response.getStatusCode());
        if (response.getStatusCode() >= SERVER_ERROR) {
            span.setStatus(StatusCode.ERROR).setAttribute(ERROR_TYPE, Integer.toString(response.getStatusCode()));
        }
        shown(span, response, "X-Request-Id");
        shown(span, response, "Location");
        shown(span, response, "Idempotent-Replayed");
    }

    private static void shown(Span span, HttpServerResponse response, String header) {
        var value = response.headers().get(header);
        if (value != null) {
            span.setAttribute(stringKey("rocketrides." + header.toLowerCase(java.util.Locale.ROOT)), value);
        }
    }
}
