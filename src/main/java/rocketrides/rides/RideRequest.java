package rocketrides.rides;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;
import rocketrides.http.Refusal;

/**
 * A valid request to book a ride. A distance with more than three decimals, as clients with floating-point numbers send
 * it, is rounded half-even to the millimetre before it is stored and returned. Requests are compared by the exact
 * number.
 *
 * <p>Fails with 400 if the body is not a JSON object in UTF-8, or if a parameter is unknown or given twice. Fails with
 * 422 if the distance is invalid.
 *
 * @param asked the distance in metres, as the client sent it
 */
record RideRequest(BigDecimal asked) {
    private static final String DISTANCE = "distance";
    private static final BigDecimal MIN = new BigDecimal("0.001");
    private static final BigDecimal MAX = new BigDecimal("100000000.000");
    private static final int MAX_INTEGER_DIGITS = 9;
    private static final int DECIMALS = 3;
    private static final Pattern NUMBER = Pattern.compile("-?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern NOT_FINITE = Pattern.compile("NaN|[+-]?Inf(inity)?", Pattern.CASE_INSENSITIVE);

    // NaN and Infinity are not JSON, but some encoders write them. The response should name the distance.
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    // A refusal has no stack trace, so one instance is enough.
    private static final Refusal MALFORMED = new Refusal(400, "The body must be one JSON object in UTF-8.");
    private static final Refusal TWICE = new Refusal(400, "Parameter 'distance' is given more than once.");
    private static final Refusal MISSING = new Refusal(422, "Please specify parameter 'distance'.");
    private static final Refusal NO_NUMBER = new Refusal(422, "Parameter 'distance' must be a floating-point number.");
    private static final Refusal OUT_OF_RANGE =
            new Refusal(422, "Parameter 'distance' must be between 0.001 and 100000000 metres.");

    /** In metres, with exactly three decimals. */
    BigDecimal distance() {
        return asked.setScale(DECIMALS, RoundingMode.HALF_EVEN);
    }

    /** Differs between requests for different distances. */
    byte[] fingerprint() {
        try {
            var canonical = "distance=" + asked.stripTrailingZeros();
            return MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    static RideRequest fromForm(MultiMap form) {
        form.names().forEach(RideRequest::requireKnown);
        var values = form.getAll(DISTANCE);
        if (values.size() > 1) {
            throw TWICE;
        }
        if (values.isEmpty() || values.get(0).isEmpty()) {
            throw MISSING;
        }
        return new RideRequest(distance(values.get(0)));
    }

    /** An empty body is a request without parameters. */
    static RideRequest fromJson(Buffer body) {
        if (body == null || body.length() == 0) {
            throw MISSING;
        }
        try (var parser = JSON.createParser(decode(body))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw MALFORMED;
            }
            var given = false;
            BigDecimal distance = null;
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                requireKnown(parser.currentName());
                if (given) {
                    throw TWICE;
                }
                given = true;
                distance = distance(parser);
            }
            if (parser.nextToken() != null) {
                throw MALFORMED;
            }
            if (distance == null) {
                throw MISSING;
            }
            return new RideRequest(distance);
        } catch (IOException e) {
            throw MALFORMED; // not JSON, or not UTF-8: nothing else can fail in memory
        }
    }

    /** Null for null. A number in a string is not a number. */
    private static BigDecimal distance(JsonParser parser) throws IOException {
        return switch (parser.nextToken()) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> distance(parser.getText());
            case VALUE_NULL -> null;
            default -> throw NO_NUMBER;
        };
    }

    private static BigDecimal distance(String text) {
        if (NOT_FINITE.matcher(text).matches()) {
            throw OUT_OF_RANGE;
        }
        if (!NUMBER.matcher(text).matches()) {
            throw NO_NUMBER;
        }
        BigDecimal exact;
        try {
            exact = new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw OUT_OF_RANGE; // an exponent that does not even fit into an int
        }
        // Checked before rounding: 1e400000 would become 400,000 digits.
        var integerDigits = (long) exact.precision() - exact.scale();
        if (integerDigits > MAX_INTEGER_DIGITS || integerDigits < -DECIMALS || exact.signum() <= 0) {
            throw OUT_OF_RANGE;
        }
        var rounded = exact.setScale(DECIMALS, RoundingMode.HALF_EVEN);
        if (rounded.compareTo(MIN) < 0 || rounded.compareTo(MAX) > 0) {
            throw OUT_OF_RANGE;
        }
        return exact;
    }

    private static String decode(Buffer body) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(body.getBytes()))
                .toString();
    }

    private static void requireKnown(String name) {
        if (!name.equals(DISTANCE)) {
            throw new Refusal(400, "Unknown parameter '" + Refusal.shown(name) + "'. Allowed: 'distance'.");
        }
    }
}
