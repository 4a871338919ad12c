package dev.tasker.polyglot.conformance;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A case of `conformance/cases`; `conformance/README.md` has its form.
public record ConformanceCase(String file, Map<?, ?> json) {
    /// Of the checkout; `tasker.home` names that where tests do not run in the folder of their module.
    public static final Path FOLDER = Path.of(System.getProperty("tasker.home", ".."), "conformance")
            .toAbsolutePath()
            .normalize();

    private static final Set<String> KEYS =
            Set.of("name", "handler", "process", "process_results", "runtimes", "given", "expect", "except");
    private static final Set<String> GIVEN = Set.of(
            "context", "config", "inputs", "ancestors", "previous", "attempt", "checkpoint", "cancelled", "files");
    private static final Set<String> EXPECTED =
            Set.of("results", "error", "events", "log", "checkpoint", "declaration");

    public ConformanceCase {
        requireKnown(json, KEYS);
        requireKnown(given(json), GIVEN);
        requireKnown((Map<?, ?>) Objects.requireNonNull(json.get("expect")), EXPECTED);
    }

    public static List<ConformanceCase> all() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER.resolve("cases"))) {
            return files.sorted().flatMap(ConformanceCase::of).toList();
        }
    }

    private static Stream<ConformanceCase> of(Path file) {
        String name = file.getFileName().toString().replace(".json", "");
        try {
            List<?> cases = (List<?>) Objects.requireNonNull(Json.parse(Files.readString(file), file.toString()));
            return cases.stream().map(json -> new ConformanceCase(name, (Map<?, ?>) json));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    public String title() {
        return file + ": " + json.get("name");
    }

    public boolean isFor(HandlerRuntime runtime) {
        return !(json.get("runtimes") instanceof List<?> runtimes) || runtimes.contains(runtime.key());
    }

    /// Whether the engine has given the attempt up when the script begins.
    public boolean isOfCancelledAttempt() {
        return Boolean.TRUE.equals(given("cancelled", false));
    }

    public String handler() {
        return json.get("handler") instanceof String name ? name : "Conformance";
    }

    /// The scripts, as part of the configuration.
    public Map<String, @Nullable Object> config() {
        Map<String, @Nullable Object> config = new LinkedHashMap<>(map("config"));
        config.put("process", json.get("process"));
        if (json.containsKey("process_results")) {
            config.put("process_results", json.get("process_results"));
        }
        return frozen(config);
    }

    public Map<String, @Nullable Object> map(String key) {
        return frozen(given(json).get(key));
    }

    public @Nullable Object given(String key, @Nullable Object otherwise) {
        return given(json).containsKey(key) ? given(json).get(key) : otherwise;
    }

    public Map<?, ?> expected(HandlerRuntime runtime) {
        return except(runtime.key()).orElse((Map<?, ?>) json.get("expect"));
    }

    /// What is expected where an engine and its database run the case.
    public Map<?, ?> expectedOfEngine(HandlerRuntime runtime) {
        return except("engine").orElseGet(() -> expected(runtime));
    }

    private Optional<Map<?, ?>> except(String of) {
        return json.get("except") instanceof Map<?, ?> except && except.get(of) instanceof Map<?, ?> own
                ? Optional.of(own)
                : Optional.empty();
    }

    private static Map<?, ?> given(Map<?, ?> json) {
        return json.get("given") instanceof Map<?, ?> given ? given : Map.of();
    }

    @SuppressWarnings("unchecked") // JSON has text keys
    private static Map<String, @Nullable Object> frozen(@Nullable Object map) {
        return map == null ? Map.of() : (Map<String, @Nullable Object>) JsonShape.immutableCopy(map);
    }

    private static void requireKnown(Map<?, ?> json, Set<String> known) {
        if (!known.containsAll(json.keySet())) {
            throw new IllegalArgumentException("unknown key among " + json.keySet() + "; known are " + known);
        }
    }
}
