package rocketrides.http;

import io.netty.handler.codec.http.HttpUtil;
import java.util.Locale;
import java.util.regex.Pattern;

/** The format of a request's parameters, according to its Content-Type. */
public enum BodyType {
    FORM,
    JSON,
    /** No Content-Type. Only a request without a body may have none. */
    NONE,
    OTHER;

    private static final Pattern UTF_8 = Pattern.compile("\"?utf-8\"?", Pattern.CASE_INSENSITIVE);
    private static final Pattern BOUNDARY = Pattern.compile(";\\s*boundary=\"?[^\"]", Pattern.CASE_INSENSITIVE);

    /** Only UTF-8 is supported: a type with another charset is {@link #OTHER}. */
    public static BodyType of(String contentType) {
        if (contentType == null) {
            return NONE;
        }
        var charset = HttpUtil.getCharsetAsSequence(contentType);
        if (charset != null && !UTF_8.matcher(charset.toString().strip()).matches()) {
            return OTHER;
        }
        var type = String.valueOf(HttpUtil.getMimeType(contentType)).strip();
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "application/json" -> JSON;
            case "application/x-www-form-urlencoded" -> FORM;
            case "multipart/form-data" -> BOUNDARY.matcher(contentType).find() ? FORM : OTHER;
            default -> OTHER;
        };
    }
}
