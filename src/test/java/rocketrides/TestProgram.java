package rocketrides;

import java.util.Map;
import java.util.Optional;

/** The shipped program, as one process of a test. */
public final class TestProgram {
    private TestProgram() {}

    /** With the built-in settings, but for those of the environment. */
    public static Application application(Map<String, String> environment) {
        return Main.program().application(Optional.empty(), environment);
    }
}
