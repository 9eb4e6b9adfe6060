package rocketrides.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import rocketrides.log.Traceparent;

/**
 * Creates a span for each {@code POST} by OpenTelemetry's conventions for HTTP servers, from the request's head to its
 * response. It continues the client's trace if the client sends one. It puts the {@code traceparent} for the record of
 * this request into the routing context.
 */
record TracedRequests(Tracer tracer) implements Consumer<Router> {
    /** Before the routes of the API, which have been added already. */
    private static final int FIRST = -1;

    private static final int SERVER_ERROR = 500;
    private static final TextMapGetter<MultiMap> HEADERS = (headers, name) -> headers.get(name);

    /** For all methods: if it were for POST only, other methods would get 405 on every path that does not exist. */
    @Override
    public void accept(Router router) {
        router.route().order(FIRST).handler(request -> {
            if (request.request().method() == HttpMethod.POST) {
                begin(request);
            }
            request.next();
        });
    }

    private void begin(RoutingContext request) {
        var headers = request.request().headers();
        var span = tracer.spanBuilder("POST")
                .setParent(W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, HEADERS))
                .setSpanKind(SpanKind.SERVER)
                .setAttribute("http.request.method", "POST")
                .setAttribute("url.path", request.request().path())
                .setAttribute("url.scheme", request.request().scheme())
                .startSpan();
        if (span.isRecording()) {
            request.put(Traceparent.FIELD, traceparent(span.getSpanContext()));
            request.addEndHandler(ended -> {
                if (ended.succeeded()) {
                    answered(span, request);
                } else {
                    span.setStatus(StatusCode.ERROR, "the client has gone")
                            .setAttribute("error.type", ended.cause().getClass().getName());
                }
                span.end();
            });
        }
    }

    private static String traceparent(SpanContext context) {
        return "00-" + context.getTraceId() + "-" + context.getSpanId() + "-"
                + context.getTraceFlags().asHex();
    }

    private static void answered(Span span, RoutingContext request) {
        var response = request.response();
        var route = request.currentRoute();
        if (route != null && route.getPath() != null) {
            span.updateName("POST " + route.getPath()).setAttribute("http.route", route.getPath());
        }
        span.setAttribute("http.response.status_code", response.getStatusCode());
        if (response.getStatusCode() >= SERVER_ERROR) {
            span.setStatus(StatusCode.ERROR).setAttribute("error.type", Integer.toString(response.getStatusCode()));
        }
        for (var header : List.of("X-Request-Id", "Location", "Idempotent-Replayed")) {
            var value = response.headers().get(header);
            if (value != null) {
                span.setAttribute("rocketrides." + header.toLowerCase(Locale.ROOT), value);
            }
        }
    }
}
