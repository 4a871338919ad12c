package dev.tasker.benchmarks.compare;

import dev.tasker.benchmarks.round.RoundOrder;
import dev.tasker.benchmarks.system.MeasuredSystem;
import dev.tasker.server.benchmark.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// What is measured, and in which order.
///
/// @param inFlight [#BURST] stands for a burst
public record ComparisonPlan(
        int rounds,
        List<Workload> workloads,
        List<MeasuredSystem> systems,
        List<Integer> inFlight,
        RoundOrder.Length length) {
    /// So many tasks at once, none of which is followed by another.
    public static final int BURST = 10_000;

    public ComparisonPlan {
        workloads = List.copyOf(workloads);
        systems = List.copyOf(systems);
        inFlight = List.copyOf(inFlight);
    }

    /// One measurement.
    public record Entry(int round, Workload workload, int inFlight, MeasuredSystem system) {}

    /// All measurements, interleaved: every round has all systems next to each other, and begins with another one.
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            List<MeasuredSystem> turn = new ArrayList<>(systems);
            Collections.rotate(turn, 1 - round);
            for (Workload workload : workloads) {
                for (int tasks : inFlight) {
                    for (MeasuredSystem system : turn) {
                        if (system.supports(workload)) {
                            entries.add(new Entry(round, workload, tasks, system));
                        }
                    }
                }
            }
        }
        return entries;
    }

    /// How long a measurement with so many in flight is.
    RoundOrder.Length lengthOf(int tasksInFlight) {
        return tasksInFlight == BURST
                ? new RoundOrder.Length(BURST, 0, length.warmUpTasks(), length.warmUpSeconds())
                : length;
    }
}
