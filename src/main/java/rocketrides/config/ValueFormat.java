package rocketrides.config;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import rocketrides.config.Settings.DurationRange;

/**
 * The format of one component's value. {@code allowed} describes it in errors. {@code parser} returns null for an
 * invalid text, or throws {@link IllegalArgumentException} that says what is wrong.
 */
record ValueFormat(String allowed, Function<String, ?> parser) {

    /** Throws {@link IllegalArgumentException} if the component cannot be a setting. */
    static ValueFormat of(RecordComponent component) {
        Setting setting = component.getAnnotation(Setting.class);
        require(setting != null, component, "has no @Setting");
        if (component.getType().isEnum()) {
            return oneOf(component.getType().getEnumConstants());
        }
        Format format = setting.format() == Format.BY_TYPE ? Format.of(component.getType()) : setting.format();
        require(format.type == component.getType(), component, "has a type without a format");
        if (!format.allowed.contains("%s")) {
            return new ValueFormat(format.allowed, format.parser);
        }
        String[] bounds = setting.in().split("\\.\\.", 2);
        Object min = format.parser.apply(bounds[0]);
        Object max = format.parser.apply(bounds[bounds.length - 1]);
        require(min != null && max != null, component, "has no bounds");
        return new ValueFormat(String.format(Locale.ROOT, format.allowed, (Object[]) bounds), text -> {
            Object value = format.parser.apply(text);
            return value != null && within(min, value, max) ? value : null;
        });
    }

    /** Returns null for an empty text, as the parser does for an invalid one. */
    Object parse(String text) {
        return text.isEmpty() ? null : parser.apply(text);
    }

    /** All three are of the same type. */
    @SuppressWarnings("unchecked")
    private static boolean within(Object min, Object value, Object max) {
        if (value instanceof DurationRange range) {
            return within(((DurationRange) min).min(), range.min(), range.max())
                    && within(range.min(), range.max(), ((DurationRange) max).max());
        }
        var comparable = (Comparable<Object>) value;
        return comparable.compareTo(min) >= 0 && comparable.compareTo(max) <= 0;
    }

    /** The names of an enum's constants, as {@code toString} returns them. */
    private static ValueFormat oneOf(Object[] constants) {
        return new ValueFormat(
                Arrays.stream(constants).map(Object::toString).collect(Collectors.joining(" or ")),
                text -> Arrays.stream(constants)
                        .filter(option -> option.toString().equals(text))
                        .findFirst()
                        .orElse(null));
    }

    private static void require(boolean condition, RecordComponent component, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException("the component " + component + " " + otherwise);
        }
    }
}
