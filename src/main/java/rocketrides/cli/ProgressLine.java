package rocketrides.cli;

import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import rocketrides.runtime.Terminal;

/** Shows on a terminal how far a task is. Elsewhere it shows nothing. May be used from any thread. */
record ProgressLine(Optional<ProgressBar> bar) implements AutoCloseable {
    private static final int UPDATE_MILLIS = 200;

    /** {@code steps}: -1 if they are not known; then only the time is shown. */
    static ProgressLine of(String task, long steps) {
        return new ProgressLine(
                Terminal.attached()
                        ? Optional.of(new ProgressBarBuilder()
                                .setTaskName(task)
                                .setInitialMax(steps)
                                .setStyle(ProgressBarStyle.ASCII)
                                .setUpdateIntervalMillis(UPDATE_MILLIS)
                                .build())
                        : Optional.empty());
    }

    void at(long step) {
        bar.ifPresent(shown -> shown.stepTo(step));
    }

    /** The next step begins. {@code name}: for people. */
    void begins(String name) {
        bar.ifPresent(shown -> shown.setExtraMessage(name).step());
    }

    @Override
    public void close() {
        bar.ifPresent(ProgressBar::close);
    }
}
