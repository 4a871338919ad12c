package dev.tasker.server.handlers;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.runtime.Tasker;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

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

    /// The languages of a template's steps.
    public static Set<HandlerRuntime> runtimes(Template template) {
        return template.steps().stream()
                .map(step -> step.handlerKey().runtime())
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
                    .forEach(step -> javaHandlers.register(tasker, located, step, jars));
        }
        tasker.loadHandlers(located, EnumSet.of(runtime));
    }

    /// Loads the handler of one step.
    public void load(Template template, StepTemplate step) {
        load(HandlerFolder.withSteps(template, List.of(step)), step.handlerKey().runtime());
    }
}
