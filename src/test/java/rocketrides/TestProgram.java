package rocketrides;

import java.util.Map;
import java.util.Optional;

/** The shipped program, as one process of a test. */
public final class TestProgram {
    private TestProgram() {}

    /** The settings of its own, with the section of each. */
    public static final Map<Class<? extends Record>, String> SECTIONS =
            Main.program().declared().sections();

    /** With the built-in settings, but for those of the environment. */
    public static Application application(Map<String, String> environment) {
        return Main.program().application(Optional.empty(), environment);
    }
}
