package dev.tasker.benchmarks.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tasker.benchmarks.Results;
import dev.tasker.benchmarks.report.JsonFile;
import dev.tasker.benchmarks.report.Machine;
import dev.tasker.benchmarks.targets.Target;
import dev.tasker.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolyglotReportTest {
    @TempDir
    private Path folder;

    @Test
    void polyglotJsonHasExactlyTheDocumentedFields() throws IOException {
        Path file = folder.resolve("polyglot.json");
        JsonFile.write(file, report(29, 3_200, 0));

        Map<String, Object> document = object(Json.read(Files.readString(file)));

        assertThat(document)
                .containsOnlyKeys(
                        "machine",
                        "busy_cores_at_start",
                        "rounds",
                        "calls",
                        "pipe",
                        "startup",
                        "memory",
                        "throughput",
                        "targets");
        assertThat(first(document, "calls"))
                .containsOnlyKeys("language", "mode", "order_call_us", "echo_call_us")
                .containsEntry("mode", "compiled");
        assertThat(first(document, "pipe"))
                .containsOnlyKeys("language", "runtime", "version", "order_wall_us", "order_cpu_us");
        assertThat(first(document, "startup")).containsOnlyKeys("what", "seconds", "rounds");
        assertThat(first(document, "memory")).containsOnlyKeys("language", "contexts", "rss_mb", "live_heap_mb");
        assertThat(first(document, "throughput"))
                .containsOnlyKeys(
                        "work", "in_flight", "steps_per_second", "cpu_seconds_per_1000_steps", "p50_ms", "rss_mb");
        assertThat(first(document, "targets"))
                .containsOnlyKeys("what", "unit", "comparison", "limit", "measured", "holds");
    }

    @Test
    void reportHoldsOnlyIfEveryTargetIsReached() {
        assertThat(report(30, 3_000, 0).holds()).isTrue();
        assertThat(report(30.1, 3_000, 0).holds()).isFalse();
        assertThat(report(30, 2_999, 0).holds()).isFalse();
    }

    @Test
    void everyFigureThatHasATargetIsHeldAgainstIt() {
        assertThat(report(15, 3_200, 0).targets())
                .extracting(Target::what, Target::measured, Target::limit)
                .containsExactly(
                        tuple("order call, javascript compiled", 15.0, 30.0),
                        tuple("order call, javascript interpreted / compiled", 10.0, 15.0),
                        tuple(StartResult.DEMO_FIRST_GUEST, 2.5, 3.0),
                        tuple("memory, one warm context of each language", 700.0, 900.0),
                        tuple("W5, 32 in flight", 3_200.0, 3_000.0),
                        tuple("chain of 6 in ruby, 32 in flight", 1_600.0, 1_500.0));
    }

    @Test
    void tableNamesMissingRuntimesAndSaysWhatIsMissed() {
        String table = PolyglotTable.of(report(31, 3_200, 0));

        assertThat(table)
                .containsPattern("javascript +compiled +31.0 +5.00 +4.84")
                .contains("ruby is not installed")
                .containsPattern("order call, javascript compiled +31.0 us +<= 30.0 us +FAIL")
                .containsPattern("javascript +2 +220 +20.0 ")
                .doesNotContain("NOT QUIET");
        assertThat(PolyglotTable.of(report(31, 3_200, 1.5))).contains("NOT QUIET: 1.5 cores");
    }

    @Test
    void plotsAreWrittenAsSvgAndPng() {
        PolyglotPlots.write(report(30, 3_000, 0), folder);

        assertThat(folder.resolve("polyglot-calls.svg")).content().contains("<svg");
        assertThat(folder.resolve("polyglot-throughput.png")).isNotEmptyFile();
    }

    @Test
    void firstGuestHandlerIsTheFirstBeginOfAStepThatIsNotJava() {
        String document = """
                {"steps": [{"name": "a", "runtime": "java"}, {"name": "b", "runtime": "python"}],
                 "transitions": [
                   {"step": null, "to_state": "in_progress", "at": "2026-01-01T00:00:00.000Z"},
                   {"step": "a", "to_state": "in_progress", "at": "2026-01-01T00:00:01.000Z"},
                   {"step": "b", "to_state": "in_progress", "at": "2026-01-01T00:00:02.250Z"},
                   {"step": "b", "to_state": "error", "at": "2026-01-01T00:00:03.000Z"},
                   {"step": "b", "to_state": "in_progress", "at": "2026-01-01T00:00:04.000Z"}]}
                """;

        assertThat(DemoTimes.firstGuestHandler(document)).isEqualTo(Instant.parse("2026-01-01T00:00:02.250Z"));
    }

    private static PolyglotReport report(double orderMicros, double mixedStepsPerSecond, double busyCores) {
        List<CallResult> calls = List.of(
                new CallResult("javascript", "compiled", orderMicros, 5),
                new CallResult("javascript", "interpreted", 150, 50));
        List<PipeResult> pipe = List.of(
                new PipeResult("javascript", "node", "v20", 100.0, 50.0), PipeResult.missing(PipeRuntime.CRUBY));
        List<StartResult> startup = List.of(new StartResult(StartResult.DEMO_FIRST_GUEST, 2.5, List.of(2.5)));
        List<MemoryResult> memory = List.of(
                new MemoryResult("javascript", 1, 200, 30),
                new MemoryResult("javascript", 2, 220, 32),
                new MemoryResult(MemoryResult.ALL, 1, 700, 100));
        List<ThroughputResult> throughput = List.of(
                ThroughputResult.of(ThroughputResult.W5, List.of(Results.of("tasker", 1, mixedStepsPerSecond))),
                ThroughputResult.of("ruby", List.of(Results.of("tasker", 1, 1_600))));
        return new PolyglotReport(
                new Machine("A CPU", 2, 8_000, "Linux", "OpenJDK 25"),
                busyCores,
                1,
                calls,
                pipe,
                startup,
                memory,
                throughput,
                PolyglotTargets.of(calls, startup, memory, throughput));
    }

    private static Map<String, Object> first(Map<String, Object> document, String part) {
        return object(((List<?>) document.get(part)).getFirst());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }
}
