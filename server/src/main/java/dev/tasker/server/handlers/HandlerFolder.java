package dev.tasker.server.handlers;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import dev.tasker.template.Template.TaskHandlerTemplate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Where handler code lies: beside its template, and for what is not there, below a folder that the user
/// names.
///
/// @param folder of `--handlers`
public record HandlerFolder(Optional<Path> folder) {
    private static final int DEPTH_MAX = 16;

    /// @throws InvalidRequestException OPTION_INVALID: it is no folder
    public HandlerFolder {
        folder = folder.map(path -> path.toAbsolutePath().normalize());
        folder.filter(path -> !Files.isDirectory(path)).ifPresent(path -> {
            throw new InvalidRequestException(
                    ErrorCode.OPTION_INVALID, "--handlers " + path + " is no folder", Map.of("option", "--handlers"));
        });
    }

    /// The template with the handler files as they were found, for loading only. A file that is found nowhere
    /// stays as it is written.
    public Template locate(Template template) {
        Template rooted = template.source().isPresent()
                ? template
                : folder.map(path -> template.withSource(path.resolve("template.yaml")))
                        .orElse(template);
        return with(
                rooted,
                rooted.steps().stream().map(step -> locate(rooted, step)).toList(),
                rooted.taskHandler().map(handler -> locate(rooted, handler)));
    }

    /// The same template, reduced to one step.
    static Template withStep(Template template, StepTemplate step) {
        return with(template, List.of(step), Optional.empty());
    }

    /// The same template, reduced to its task handler.
    static Template withTaskHandler(Template template) {
        return with(template, List.of(), template.taskHandler());
    }

    @SuppressWarnings("NullAway") // it overlooks @Nullable in the parameters of records from other jars
    private static Template with(
            Template template, List<StepTemplate> steps, Optional<TaskHandlerTemplate> taskHandler) {
        return new Template(
                template.key(),
                template.description(),
                template.schema(),
                template.failurePolicy(),
                template.deadlineSeconds(),
                template.identityStrategy(),
                taskHandler,
                steps,
                template.source(),
                template.configuration(),
                template.contentHash());
    }

    /// Jars in which Java handlers without a `handler_file` are looked up: those below the named folder, then
    /// those that a build or a user has put beside the template's folder, in `target` or `handlers`.
    List<Path> jars(Template template) {
        Stream<Path> named = folder.stream().flatMap(path -> jarsBelow(path, DEPTH_MAX));
        Stream<Path> beside = template.source().stream()
                .flatMap(file -> Optional.ofNullable(file.getParent()).map(Path::getParent).stream())
                .flatMap(parent -> Stream.of(parent.resolve("target"), parent.resolve("handlers")))
                .flatMap(path -> jarsBelow(path, 1));
        return Stream.concat(named, beside).distinct().toList();
    }

    /// Loads classes of the named folder's jars and of the class path.
    ClassLoader classLoader() {
        return JavaHandlers.loader(
                folder.stream().flatMap(path -> jarsBelow(path, DEPTH_MAX)).toList());
    }

    private StepTemplate locate(Template template, StepTemplate step) {
        return locate(template.handlerPath(step), step.handlerFile())
                .map(found -> withFile(step, found))
                .orElse(step);
    }

    private TaskHandlerTemplate locate(Template template, TaskHandlerTemplate handler) {
        return locate(template.taskHandlerPath(), handler.file())
                .map(found -> new TaskHandlerTemplate(handler.key(), Optional.of(found.toString())))
                .orElse(handler);
    }

    /// Where else a file is that is not where it is written to be.
    private Optional<Path> locate(Optional<Path> written, Optional<String> file) {
        if (written.isEmpty() || Files.exists(written.get()) || folder.isEmpty()) {
            return Optional.empty();
        }
        return file.flatMap(name -> find(folder.get(), Path.of(name)));
    }

    /// First the path as written, without the steps upwards; then a file of that name anywhere below.
    private static Optional<Path> find(Path folder, Path file) {
        Path relative = file.normalize();
        while (relative.getNameCount() > 1 && relative.getName(0).toString().equals("..")) {
            relative = relative.subpath(1, relative.getNameCount());
        }
        Path direct = folder.resolve(relative);
        if (Files.isRegularFile(direct)) {
            return Optional.of(direct);
        }
        Path name = relative.getFileName();
        try (Stream<Path> files = Files.find(
                folder,
                DEPTH_MAX,
                (path, attributes) ->
                        attributes.isRegularFile() && path.getFileName().equals(name))) {
            return files.sorted().findFirst();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    @SuppressWarnings("NullAway") // as above
    private static StepTemplate withFile(StepTemplate step, Path file) {
        return new StepTemplate(
                step.name(),
                step.description(),
                step.handlerKey(),
                Optional.of(file.toString()),
                step.dependsOn(),
                step.handlerConfig(),
                step.dependentSystem(),
                step.skippable(),
                step.retryable(),
                step.retryLimit(),
                step.backoff(),
                step.timeoutSeconds(),
                step.concurrency(),
                step.rateLimitPerSecond(),
                step.delayKey(),
                step.customEvents());
    }

    private static Stream<Path> jarsBelow(Path folder, int depth) {
        if (!Files.isDirectory(folder)) {
            return Stream.of();
        }
        try (Stream<Path> files = Files.find(
                folder, depth, (path, attributes) -> attributes.isRegularFile() && isCode(path.getFileName()))) {
            return files.sorted().toList().stream();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static boolean isCode(Path file) {
        String name = file.toString();
        return name.endsWith(".jar")
                && Stream.of("-sources.jar", "-javadoc.jar", "-tests.jar").noneMatch(name::endsWith);
    }

    static boolean isJava(StepTemplate step) {
        return step.handlerKey().runtime() == HandlerRuntime.JAVA;
    }
}
