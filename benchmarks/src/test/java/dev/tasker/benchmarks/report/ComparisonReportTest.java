package dev.tasker.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.benchmarks.Results;
import dev.tasker.benchmarks.round.RoundResult;
import dev.tasker.benchmarks.targets.Target;
import dev.tasker.benchmarks.targets.Targets;
import dev.tasker.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonReportTest {
    private static final Machine MACHINE = new Machine("A CPU", 2, 8_000, "Linux", "OpenJDK 25");
    private static final Postgres POSTGRES = new Postgres("18.6", Map.of("fsync", "on", "synchronous_commit", "on"));

    @TempDir
    private Path folder;

    @Test
    void latestJsonHasExactlyTheDocumentedFields() throws IOException {
        Path file = folder.resolve("latest.json");
        JsonFile.write(file, report(Results.of("tasker", 1, 500), Results.of("dbos-java", 1, 100)));

        Map<String, Object> document = object(Json.read(Files.readString(file)));

        assertThat(document).containsOnlyKeys("machine", "postgres", "rounds", "results", "ratios");
        assertThat(object(((List<?>) document.get("results")).getFirst()))
                .containsOnlyKeys(
                        "system",
                        "version",
                        "workload",
                        "round",
                        "in_flight",
                        "steps_per_second",
                        "tasks_per_second",
                        "p50_ms",
                        "p99_ms",
                        "max_ms",
                        "statements_per_step",
                        "wal_bytes_per_step",
                        "cpu_seconds_per_1000_steps",
                        "rss_mb");
        assertThat(object(((List<?>) document.get("ratios")).getFirst()))
                .containsEntry("peer", "dbos-java")
                .containsEntry("median", 5.0)
                .containsEntry("holds", true);
    }

    @Test
    void reportHoldsUnlessABindingTargetIsMissed() {
        assertThat(report(Results.of("tasker", 1, 400), Results.of("dbos-java", 1, 100))
                        .holds())
                .isTrue();
        assertThat(report(Results.of("tasker", 1, 399), Results.of("dbos-java", 1, 100))
                        .holds())
                .isFalse();
    }

    @Test
    void tableShowsMediansAndRatios() {
        String table = ComparisonTable.of(report(
                Results.of("dbos-java", 1, 100),
                Results.of("tasker", 1, 300),
                Results.of("tasker", 2, 500),
                Results.of("dbos-java", 2, 100),
                Results.of("tasker", "W1", 10_000, 1, 1_234)));

        assertThat(table)
                .containsPattern("W1 +32 +tasker 1.0 +400 ")
                .containsPattern("W1 +burst +tasker 1.0 +1,234 ")
                .containsPattern("W1 +32 +dbos-java +4.00 +3.00 +5.00 +>= 4.0 holds")
                .contains("fsync on");
        assertThat(table.lines().filter(line -> line.startsWith("W1"))).hasSize(4);
    }

    @Test
    void plotsAreWrittenAsSvgAndPng() {
        ComparisonPlots.write(report(Results.of("tasker", 1, 400), Results.of("dbos-java", "W2", 32, 1, 100)), folder);

        assertThat(folder.resolve("steps-per-second-32.svg")).content().contains("<svg");
        assertThat(folder.resolve("steps-per-second-32.png")).isNotEmptyFile();
        assertThat(folder.resolve("p50-32.svg")).exists();
    }

    @Test
    void latencyTargetsAreThoseOfOneTaskAtATime() {
        List<Target> targets = Targets.of(
                List.of(Results.of("tasker", 1, 100), Results.of("tasker", "W2", 1, 1, 100)), Optional.empty());

        assertThat(targets).singleElement().satisfies(target -> {
            assertThat(target.what()).contains("diamond");
            assertThat(target.measured()).isEqualTo(2.5);
            assertThat(target.holds()).isTrue();
        });
    }

    @Test
    void growthIsPlottedOverSize() {
        GrowthReport report = new GrowthReport(
                MACHINE, POSTGRES, 1, List.of(point(6, 1), point(6, 10)), List.of(point(1, 32), point(100, 32)));

        GrowthPlots.write(report, folder);

        assertThat(folder.resolve("growth-steps.svg")).exists();
        assertThat(folder.resolve("growth-in-flight.png")).isNotEmptyFile();
        assertThat(report.table()).contains("IN FLIGHT", "STEPS/S");
    }

    private static GrowthReport.Point point(int steps, int inFlight) {
        return GrowthReport.Point.of(
                new GrowthReport.Point.Size(steps, inFlight, 1), Results.of("tasker", "W1", inFlight, 1, 100));
    }

    private static ComparisonReport report(RoundResult... results) {
        return ComparisonReport.of(MACHINE, POSTGRES, 2, List.of(results));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }
}
