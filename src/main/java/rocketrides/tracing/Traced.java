package rocketrides.tracing;

import io.opentelemetry.context.Context;
import java.time.Instant;

/**
 * What a record means to a projection, and where it comes from.
 *
 * @param context what the record carries; null if it is not traced, and then neither are {@code offset} and {@code read}
 *     of use
 * @param read when
 */
public record Traced<E>(E event, Context context, long offset, Instant read) {}
