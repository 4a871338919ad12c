package dev.tasker.template;

import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.TemplateKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A workflow definition in one version. Immutable; its graph has no cycle.
///
/// @param schema           JSON Schema of the context
/// @param deadlineSeconds  how long a task may take from its start on
/// @param identityStrategy the name of the strategy that tells its tasks apart
/// @param taskHandler      hooks that are called when a task is made and after it has ended
/// @param steps            in a topological order: parents before children, otherwise as written
/// @param source           absolute path of the file it was read from
/// @param configuration    the whole template as JSON, as written
/// @param contentHash      equal for equal content
public record Template(
        TemplateKey key,
        String description,
        Optional<Map<String, @Nullable Object>> schema,
        FailurePolicy failurePolicy,
        Optional<Integer> deadlineSeconds,
        Optional<String> identityStrategy,
        Optional<TaskHandlerTemplate> taskHandler,
        List<StepTemplate> steps,
        Optional<Path> source,
        Map<String, @Nullable Object> configuration,
        String contentHash) {
    public Template {
        steps = List.copyOf(steps);
    }

    /// The `task_handler` of a template.
    ///
    /// @param file as written, relative to the template
    public record TaskHandlerTemplate(HandlerKey key, Optional<String> file) {}

    /// The same template, as read from a file.
    public Template withSource(Path file) {
        return new Template(
                key,
                description,
                schema,
                failurePolicy,
                deadlineSeconds,
                identityStrategy,
                taskHandler,
                steps,
                Optional.of(file),
                configuration,
                contentHash);
    }

    /// Finds a step that is known to exist.
    public StepTemplate step(String name) {
        return steps.stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("template " + key + " has no step " + name));
    }

    /// Absolute path of the handler's file; empty where the template names none or was not read from a file.
    public Optional<Path> handlerPath(StepTemplate step) {
        return step.handlerFile().flatMap(this::besideSource);
    }

    /// The same for the task handler.
    public Optional<Path> taskHandlerPath() {
        return taskHandler.flatMap(TaskHandlerTemplate::file).flatMap(this::besideSource);
    }

    private Optional<Path> besideSource(String file) {
        return source.map(
                template -> template.resolveSibling(file).toAbsolutePath().normalize());
    }
}
