package dev.tasker.benchmarks.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tasker.benchmarks.compare.Ratio;
import dev.tasker.benchmarks.round.RoundResult;
import java.util.List;

/// All of a comparison; what `latest.json` holds.
public record ComparisonReport(
        @JsonProperty("machine") Machine machine,
        @JsonProperty("postgres") Postgres postgres,
        @JsonProperty("rounds") int rounds,
        @JsonProperty("results") List<RoundResult> results,
        @JsonProperty("ratios") List<Ratio> ratios) {

    public static ComparisonReport of(Machine machine, Postgres postgres, int rounds, List<RoundResult> results) {
        return new ComparisonReport(machine, postgres, rounds, results, Ratio.of(results));
    }

    /// Whether every binding target that was measured is reached.
    public boolean holds() {
        return ratios.stream().allMatch(ratio -> !Boolean.FALSE.equals(ratio.holds()));
    }
}
