package dev.tasker.server.handlers;

import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.runtime.Tasker;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import dev.tasker.template.Template.TaskHandlerTemplate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Loads the handlers of templates into an engine, each language on a thread of its own. Safe from any
/// thread.
public final class HandlerLoading {
    private final Tasker tasker;
    private final HandlerFolder folder;
    private final JavaHandlers javaHandlers = new JavaHandlers();

    public HandlerLoading(Tasker tasker, HandlerFolder folder) {
        this.tasker = tasker;
        this.folder = folder;
    }

    /// The languages of a template's steps and of its task handler.
    public static Set<HandlerRuntime> runtimes(Template template) {
        return Stream.concat(
                        template.steps().stream().map(StepTemplate::handlerKey),
                        template.taskHandler().map(TaskHandlerTemplate::key).stream())
                .map(HandlerKey::runtime)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(HandlerRuntime.class)));
    }

    /// Starts to load all handlers of a template.
    ///
    /// @return one future per language; a failed one holds a [dev.tasker.error.HandlerLoadException]
    public List<CompletableFuture<Void>> start(Template template) {
        List<CompletableFuture<Void>> languages = new ArrayList<>();
        for (HandlerRuntime runtime : runtimes(template)) {
            languages.add(SideTask.run("tasker-load-" + runtime.key(), () -> load(template, runtime)));
        }
        return languages;
    }

    /// Loads the handlers of one language.
    public void load(Template template, HandlerRuntime runtime) {
        Template located = folder.locate(template);
        if (runtime == HandlerRuntime.JAVA) {
            List<Path> jars = folder.jars(template);
            located.steps().stream()
                    .filter(HandlerFolder::isJava)
                    .forEach(step -> javaHandlers.register(
                            tasker, step.handlerKey(), located.handlerPath(step).isPresent(), jars));
            located.taskHandler()
                    .filter(handler -> handler.key().runtime() == HandlerRuntime.JAVA)
                    .ifPresent(handler -> javaHandlers.register(
                            tasker, handler.key(), located.taskHandlerPath().isPresent(), jars));
        }
        tasker.loadHandlers(located, EnumSet.of(runtime));
    }

    /// Loads the handler of one step.
    public void load(Template template, StepTemplate step) {
        load(HandlerFolder.withStep(template, step), step.handlerKey().runtime());
    }

    /// Loads the task handler of a template, if it has one.
    public void loadTaskHandler(Template template) {
        template.taskHandler()
                .ifPresent(handler -> load(
                        HandlerFolder.withTaskHandler(template), handler.key().runtime()));
    }
}
