package dev.tasker.embedded;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.json.Json;
import dev.tasker.polyglot.conformance.ConformanceCase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/// A case of `conformance/workflows`; `conformance/README.md` has its form.
record WorkflowCase(String file, Map<?, ?> json) {
    private static final Set<String> KEYS =
            Set.of("name", "template", "steps", "request", "operate", "expect", "except", "runtimes");
    private static final Set<String> EXPECTED = Set.of("task", "trail", "steps", "events");
    private static final Set<String> EXPECTED_OF_STEP =
            Set.of("state", "attempts", "results", "error", "due_in", "checkpoint", "trail");

    WorkflowCase {
        requireKnown(json, KEYS);
        Map<?, ?> expected = (Map<?, ?>) Objects.requireNonNull(json.get("expect"));
        requireKnown(expected, EXPECTED);
        ((Map<?, ?>) expected.get("steps")).values().forEach(step -> requireKnown((Map<?, ?>) step, EXPECTED_OF_STEP));
    }

    static List<WorkflowCase> all() throws IOException {
        try (Stream<Path> files = Files.list(ConformanceCase.FOLDER.resolve("workflows"))) {
            return files.sorted().flatMap(WorkflowCase::of).toList();
        }
    }

    private static Stream<WorkflowCase> of(Path file) {
        String name = file.getFileName().toString().replace(".json", "");
        try {
            List<?> cases = (List<?>) Objects.requireNonNull(Json.parse(Files.readString(file), file.toString()));
            return cases.stream().map(json -> new WorkflowCase(name, (Map<?, ?>) json));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    String title() {
        return file + ": " + json.get("name");
    }

    boolean isFor(HandlerRuntime runtime) {
        return !(json.get("runtimes") instanceof List<?> runtimes) || runtimes.contains(runtime.key());
    }

    Map<?, ?> map(String key) {
        return json.get(key) instanceof Map<?, ?> map ? map : Map.of();
    }

    List<?> list(String key) {
        return json.get(key) instanceof List<?> list ? list : List.of();
    }

    private static void requireKnown(Map<?, ?> json, Set<String> known) {
        if (!known.containsAll(json.keySet())) {
            throw new IllegalArgumentException("unknown key among " + json.keySet() + "; known are " + known);
        }
    }
}
