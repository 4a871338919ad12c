package dev.tasker.server.diagnosis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// A template with a small step in each language, in a folder of its own. The folder goes when it is closed.
public final class TrialTask implements AutoCloseable {
    private static final List<String> HANDLERS = List.of("trial.mjs", "trial.py", "trial.rb");
    private static final String TEMPLATE = """
            name: trial
            schema: { type: object, required: [name] }
            step_templates:
              - { name: start, runtime: java, handler_class: %s }
              - { name: javascript, runtime: javascript, handler_class: Trial, handler_file: trial.mjs, depends_on_step: start }
              - { name: python, runtime: python, handler_class: Trial, handler_file: trial.py, depends_on_step: start }
              - { name: ruby, runtime: ruby, handler_class: Trial, handler_file: trial.rb, depends_on_step: start }
            """.formatted(TrialStart.class.getName());

    private final Path folder;

    private TrialTask(Path folder) {
        this.folder = folder;
    }

    /// Writes it.
    public static TrialTask write() {
        try {
            TrialTask task = new TrialTask(Files.createTempDirectory("tasker-trial-"));
            Files.writeString(task.template(), TEMPLATE);
            for (String handler : HANDLERS) {
                try (InputStream code = Objects.requireNonNull(TrialTask.class.getResourceAsStream(handler), handler)) {
                    Files.copy(code, task.folder.resolve(handler));
                }
            }
            return task;
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    public Path template() {
        return folder.resolve("trial.yaml");
    }

    /// What a task of it is about.
    public static Map<String, Object> context() {
        return Map.of("name", "Tasker", "items", List.of(Map.of("quantity", 2L)));
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
