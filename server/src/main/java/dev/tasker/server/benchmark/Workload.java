package dev.tasker.server.benchmark;

import static dev.tasker.identity.HandlerRuntime.JAVA;
import static dev.tasker.identity.HandlerRuntime.JAVASCRIPT;
import static dev.tasker.identity.HandlerRuntime.PYTHON;
import static dev.tasker.identity.HandlerRuntime.RUBY;

import dev.tasker.identity.HandlerRuntime;
import java.util.Collections;
import java.util.List;

/// Work that is the same for every system that is measured.
///
/// Its handlers do nothing and return 35 bytes of JSON. A step's result is committed before a successor starts.
public enum Workload {
    /// A chain of 6 steps.
    W1("chain of 6", 0),
    /// A diamond of 4 steps.
    W2("diamond of 4", 0),
    /// One step, 50 side by side, one step.
    W3("fan-out 1 -> 50 -> 1", 0),
    /// The chain of 6, where 5 % of the first attempts fail.
    W4("chain of 6, 5 % of first attempts fail", 5),
    /// The chain of 6 in four languages.
    W5("chain of 6: javascript, python, ruby, java, javascript, python", 0);

    private final String title;
    private final int failurePercent;

    Workload(String title, int failurePercent) {
        this.title = title;
        this.failurePercent = failurePercent;
    }

    /// For people.
    public String title() {
        return title;
    }

    public WorkflowShape shape() {
        return switch (this) {
            case W1, W4, W5 -> WorkflowShape.chain(6);
            case W2 -> WorkflowShape.fanOut(2);
            case W3 -> WorkflowShape.fanOut(50);
        };
    }

    /// The language of each step.
    public List<HandlerRuntime> runtimes() {
        return switch (this) {
            case W1, W2, W3, W4 -> Collections.nCopies(shape().size(), JAVA);
            case W5 -> List.of(JAVASCRIPT, PYTHON, RUBY, JAVA, JAVASCRIPT, PYTHON);
        };
    }

    /// Whether all its steps are written in Java.
    public boolean isJavaOnly() {
        return this != W5;
    }

    /// Of how many first attempts in a hundred fail.
    public int failurePercent() {
        return failurePercent;
    }

    /// Whether the first attempt of a step fails: the same steps of the same tasks in every system and round.
    public boolean failsAtFirst(long task, int step) {
        return failurePercent > 0 && Math.floorMod(mix(task * 1_000_003 + step), 100) < failurePercent;
    }

    // The finalizer of SplitMix64: neighbouring tasks must not fail in the same places.
    private static long mix(long value) {
        long mixed = value + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
