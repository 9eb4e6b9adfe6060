package rocketrides;

import java.util.Map;
import java.util.Optional;

/** The shipped program, as one process in a test. */
public final class TestProgram {
    private TestProgram() {}

    /** The program's own settings, each with its section. */
    public static final Map<Class<? extends Record>, String> SECTIONS =
            Main.program().declared().sections();

    /** With default settings, except those in the environment. */
    public static Application application(Map<String, String> environment) {
        return Main.program().application(Optional.empty(), environment);
    }
}
