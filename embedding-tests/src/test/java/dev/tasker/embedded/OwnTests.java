package dev.tasker.embedded;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Tests that a package has in its own language: each of them is a test here.
///
/// The reporters in `embedding-tests/reporters` write the results, a line of JSON for each, and in the last line how
/// many
/// there were.
final class OwnTests {
    static final Duration RUN_MAX = Duration.ofMinutes(6);
    private static final JsonMapper JSON = new JsonMapper();

    private OwnTests() {}

    /// The path of a reporter.
    static String reporter(String name) {
        return Installed.HOME.resolve("embedding-tests/reporters").resolve(name).toString();
    }

    /// Runs them all.
    ///
    /// @param report the file that the reporter writes; the command gets its name as `TASKER_TEST_REPORT`, too
    /// @return its tests, and one more that shows the output where the run as a whole did not go well
    static Stream<DynamicTest> run(HostProcess.Launch launch, Path report) throws IOException, InterruptedException {
        Files.deleteIfExists(report);
        try (HostProcess process =
                launch.with("TASKER_TEST_REPORT", report.toString()).start()) {
            int exitCode = process.awaitExit(RUN_MAX);
            List<JsonNode> lines = Files.exists(report)
                    ? Files.readAllLines(report).stream().map(JSON::readTree).toList()
                    : List.of();
            List<JsonNode> results =
                    lines.stream().filter(line -> line.has("outcome")).toList();
            Stream<DynamicTest> tests = results.stream().map(OwnTests::test);
            return problem(lines, results, exitCode)
                    .map(problem -> problem + "; exit code " + exitCode + "; " + process.tail())
                    .map(text -> Stream.concat(tests, Stream.of(dynamicTest(launch.name(), () -> fail(text)))))
                    .orElse(tests);
        }
    }

    private static DynamicTest test(JsonNode result) {
        String text = result.path("text").asString();
        return dynamicTest(result.path("name").asString(), () -> {
            switch (result.path("outcome").asString()) {
                case "passed" -> {}
                case "skipped" -> abort(text.isBlank() ? "no reason given" : text);
                default -> fail(text);
            }
        });
    }

    private static Optional<String> problem(List<JsonNode> lines, List<JsonNode> results, int exitCode) {
        if (results.isEmpty()) {
            return Optional.of("no test was run");
        }
        if (lines.getLast().path("count").asInt(-1) != results.size()) {
            return Optional.of("the run broke off after " + results.size() + " tests");
        }
        if (results.stream().anyMatch(line -> line.path("outcome").asString().equals("failed"))) {
            return Optional.of("tests failed");
        }
        return exitCode == 0 ? Optional.empty() : Optional.of("no test failed, but the run did");
    }
}
