package rocketrides.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A component of a section's record: the value when nobody gives one, and what is allowed. The key is the component's
 * name in lower case with hyphens, {@code batch-size} for {@code batchSize}. Texts are written as in the file.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
    /** The default. */
    String value();

    /** The smallest value allowed and the largest, as in {@code 1..1000}; required for numbers and durations. */
    String in() default "";

    /** The key, in the same record, whose value this one must not exceed. */
    String atMost() default "";

    /** An environment variable that sets it, too; {@code ROCKET_RIDES_<SECTION>_<KEY>} outranks it. */
    String variable() default "";

    /** How the text is read, if the component's type does not say it. */
    Format format() default Format.BY_TYPE;
}
