package dev.tasker.benchmarks.polyglot;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tasker.benchmarks.report.Machine;
import dev.tasker.benchmarks.targets.Target;
import java.util.List;

/// All that was found; what `polyglot.json` holds. What was not measured is empty.
///
/// @param busyCores cores that were busy with other work at the start
record PolyglotReport(
        @JsonProperty("machine") Machine machine,
        @JsonProperty("busy_cores_at_start") double busyCores,
        @JsonProperty("rounds") int rounds,
        @JsonProperty("calls") List<CallResult> calls,
        @JsonProperty("pipe") List<PipeResult> pipe,
        @JsonProperty("startup") List<StartResult> startup,
        @JsonProperty("memory") List<MemoryResult> memory,
        @JsonProperty("throughput") List<ThroughputResult> throughput,
        @JsonProperty("targets") List<Target> targets) {
    PolyglotReport {
        calls = List.copyOf(calls);
        pipe = List.copyOf(pipe);
        startup = List.copyOf(startup);
        memory = List.copyOf(memory);
        throughput = List.copyOf(throughput);
        targets = List.copyOf(targets);
    }

    boolean holds() {
        return targets.stream().allMatch(Target::holds);
    }
}
