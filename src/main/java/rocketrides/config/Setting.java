package rocketrides.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares a record component as a setting, with its default and its allowed values. The key is the component's name in
 * lower case with hyphens: {@code batch-size} for {@code batchSize}. All texts are written as in the file. A rule for
 * several components belongs into the record's constructor, which throws {@link IllegalArgumentException}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
    /** The default. */
    String value();

    /** The smallest and the largest allowed value, for example {@code 1..1000}. Required for numbers and durations. */
    String in() default "";

    /** Another environment variable for this setting. {@code ROCKET_RIDES_<SECTION>_<KEY>} takes precedence over it. */
    String variable() default "";

    /** The format of the text, if the component's type does not determine it. */
    Format format() default Format.BY_TYPE;
}
