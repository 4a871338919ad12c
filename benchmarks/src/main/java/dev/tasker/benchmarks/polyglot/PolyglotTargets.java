package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.targets.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What guest languages are to reach on 2 quiet cores. Only what was measured has a target.
final class PolyglotTargets {
    private static final double INTERPRETED_FACTOR_MAX = 15;
    private static final double MIXED_STEPS_MIN = 3_000;
    private static final double LANGUAGE_STEPS_MIN = 1_500;
    private static final double MEMORY_MIB_MAX = 900;

    private PolyglotTargets() {}

    static List<Target> of(
            List<CallResult> calls,
            List<StartResult> startup,
            List<MemoryResult> memory,
            List<ThroughputResult> throughput) {
        List<Target> targets = new ArrayList<>();
        callMicrosMax().forEach((language, limit) -> addCalls(targets, calls, language, limit));
        for (StartResult start : startup) {
            targets.add(Target.atMost(start.what(), "s", secondsMax(start.what()), start.seconds()));
        }
        for (MemoryResult look : memory) {
            if (look.language().equals(MemoryResult.ALL) && look.contexts() == 1) {
                targets.add(Target.atMost(
                        "memory, one warm context of each language", "MB", MEMORY_MIB_MAX, look.residentMib()));
            }
        }
        for (ThroughputResult result : throughput) {
            boolean isMixed = result.work().equals(ThroughputResult.W5);
            targets.add(Target.atLeast(
                    isMixed ? "W5, 32 in flight" : "chain of 6 in " + result.work() + ", 32 in flight",
                    "steps/s",
                    isMixed ? MIXED_STEPS_MIN : LANGUAGE_STEPS_MIN,
                    result.stepsPerSecond()));
        }
        return targets;
    }

    private static Map<String, Double> callMicrosMax() {
        Map<String, Double> limits = new LinkedHashMap<>();
        limits.put("javascript", 30.0);
        limits.put("ruby", 60.0);
        limits.put("python", 100.0);
        return limits;
    }

    private static void addCalls(List<Target> targets, List<CallResult> calls, String language, double limit) {
        for (CallResult call : calls) {
            if (call.language().equals(language) && call.mode().equals(Mode.COMPILED.key())) {
                targets.add(Target.atMost("order call, " + language + " compiled", "us", limit, call.orderMicros()));
                ratio(calls, call)
                        .forEach(factor -> targets.add(Target.atMost(
                                "order call, " + language + " interpreted / compiled",
                                "times",
                                INTERPRETED_FACTOR_MAX,
                                factor)));
            }
        }
    }

    /// How much slower interpreted calls are; empty where they were not measured.
    static List<Double> ratio(List<CallResult> calls, CallResult compiled) {
        return calls.stream()
                .filter(call -> call.language().equals(compiled.language())
                        && call.mode().equals(Mode.INTERPRETED.key()))
                .map(call -> call.orderMicros() / compiled.orderMicros())
                .toList();
    }

    private static double secondsMax(String what) {
        return switch (what) {
            case StartResult.DEMO_FIRST_GUEST -> 3;
            case StartResult.DEMO_END -> 6;
            case StartResult.JAVASCRIPT_RUN -> 2;
            case StartResult.WORKER_READY -> 5;
            default -> throw new IllegalArgumentException("no target for: " + what);
        };
    }
}
