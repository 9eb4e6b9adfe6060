package rocketrides.http;

import java.util.Locale;

/** How the parameters of a request are written, told by its Content-Type. */
public enum BodyType {
    FORM,
    JSON,
    /** No type at all, which only a request without a body may have. */
    NONE,
    OTHER;

    /** Only UTF-8 is understood; a charset that says otherwise makes it another type. */
    public static BodyType of(String contentType) {
        if (contentType == null) {
            return NONE;
        }
        var parts = contentType.toLowerCase(Locale.ROOT).split(";");
        var boundary = false;
        for (int i = 1; i < parts.length; i++) {
            var parameter = parts[i].strip();
            if (parameter.startsWith("charset=")
                    && !parameter
                            .substring("charset=".length())
                            .replace("\"", "")
                            .equals("utf-8")) {
                return OTHER;
            }
            boundary |= parameter.matches("boundary=\"?[^\"].*");
        }
        return switch (parts.length == 0 ? "" : parts[0].strip()) {
            case "application/json" -> JSON;
            case "application/x-www-form-urlencoded" -> FORM;
            case "multipart/form-data" -> boundary ? FORM : OTHER;
            default -> OTHER;
        };
    }
}
