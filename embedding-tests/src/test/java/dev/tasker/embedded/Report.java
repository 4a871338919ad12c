package dev.tasker.embedded;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/// Prints a line for each test that ends, and at the end what failed, what was skipped, and the counts.
final class Report implements TestExecutionListener {
    private static final long SHOWN_MILLIS_MIN = 50;

    private final PrintStream out;
    private final boolean nothingMayBeSkipped;
    private final Map<String, Long> started = new HashMap<>();
    private final List<String> failures = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();
    private int passed;

    Report(PrintStream out, boolean nothingMayBeSkipped) {
        this.out = out;
        this.nothingMayBeSkipped = nothingMayBeSkipped;
    }

    @Override
    public synchronized void executionStarted(TestIdentifier test) {
        started.put(test.getUniqueId(), System.nanoTime());
        if (test.isContainer()
                && test.getSource().isPresent()
                && test.getParentId().isPresent()) {
            out.println("# " + test.getDisplayName());
        }
    }

    @Override
    public synchronized void executionSkipped(TestIdentifier test, String reason) {
        skip(test, reason);
    }

    @Override
    public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
        switch (result.getStatus()) {
            case SUCCESSFUL -> {
                if (test.isTest()) {
                    passed++;
                    out.println("ok   " + test.getDisplayName() + time(test));
                }
            }
            case ABORTED ->
                skip(test, result.getThrowable().map(Throwable::getMessage).orElse("no reason given"));
            case FAILED -> {
                failures.add(test.getDisplayName());
                out.println("FAIL " + test.getDisplayName() + time(test));
                result.getThrowable().ifPresent(problem -> problem.printStackTrace(out));
            }
        }
    }

    private void skip(TestIdentifier test, String reason) {
        skipped.add(test.getDisplayName() + ": " + reason.strip());
        out.println("skip " + test.getDisplayName() + ": " + reason.strip());
    }

    /// How long it took; nothing for a test whose run was over before, with others.
    private String time(TestIdentifier test) {
        long begin = started.getOrDefault(test.getUniqueId(), System.nanoTime());
        long millis = Duration.ofNanos(System.nanoTime() - begin).toMillis();
        return millis < SHOWN_MILLIS_MIN ? "" : " (%.1f s)".formatted(millis / 1000.0);
    }

    /// Prints the end of the report.
    ///
    /// @return whether all is well
    synchronized boolean finish() {
        skipped.forEach(line -> out.println("skipped: " + line));
        failures.forEach(line -> out.println("failed: " + line));
        if (nothingMayBeSkipped && !skipped.isEmpty()) {
            out.println("failed: with CI=true nothing may be skipped; .ci/run installs what these tests need");
        }
        out.printf("%d passed, %d failed, %d skipped%n", passed, failures.size(), skipped.size());
        return passed > 0 && failures.isEmpty() && (skipped.isEmpty() || !nothingMayBeSkipped);
    }
}
