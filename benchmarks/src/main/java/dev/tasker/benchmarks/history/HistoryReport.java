package dev.tasker.benchmarks.history;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tasker.benchmarks.report.Machine;
import dev.tasker.benchmarks.report.Postgres;
import java.util.List;

/// All that was found; what `history.json` holds.
record HistoryReport(
        @JsonProperty("machine") Machine machine,
        @JsonProperty("postgres") Postgres postgres,
        @JsonProperty("seed") long seed,
        @JsonProperty("finished_tasks") int finished,
        @JsonProperty("active_tasks") int active,
        @JsonProperty("rounds") int rounds,
        @JsonProperty("load_average_at_end") double loadAverage,
        @JsonProperty("generation_seconds") double generationSeconds,
        @JsonProperty("database_bytes") long databaseBytes,
        @JsonProperty("figures") List<FigureResult> figures,
        @JsonProperty("growth") List<Throughput> growth,
        @JsonProperty("wide_work") Throughput wide,
        @JsonProperty("after_wide_work") Throughput afterWide,
        @JsonProperty("archive") ArchiveCost archive) {
    HistoryReport {
        figures = List.copyOf(figures);
        growth = List.copyOf(growth);
    }

    boolean holds() {
        return figures.stream().allMatch(FigureResult::passed);
    }
}
