package dev.tasker.server.worker;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TemplateKey;
import dev.tasker.runtime.Tasker;
import dev.tasker.server.handlers.HandlerLoading;
import dev.tasker.server.handlers.SideTask;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import dev.tasker.template.Template.TaskHandlerTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Loads the handlers of all registered templates, and of those that are registered later.
///
/// A handler that cannot be loaded is told of and skipped; it is tried again when its file or its template
/// changes. Not safe for several threads: one thread calls `refresh`.
final class TemplateWatch {
    private final Tasker tasker;
    private final HandlerLoading loading;
    private final Consumer<String> problems;
    private final Set<Entry> known = new HashSet<>();
    private final Map<HandlerKey, TemplateKey> servedFor = new ConcurrentHashMap<>();
    private final Map<Entry, FileTime> failed = new ConcurrentHashMap<>();

    /// @param problems takes messages for people, from any thread
    TemplateWatch(Tasker tasker, HandlerLoading loading, Consumer<String> problems) {
        this.tasker = tasker;
        this.loading = loading;
        this.problems = problems;
    }

    /// One handler of one content of a template.
    ///
    /// @param step empty for the task handler
    private record Entry(Template template, HandlerKey key, Optional<StepTemplate> step) {
        static Stream<Entry> allOf(Template template) {
            return Stream.concat(
                    template.steps().stream().map(step -> new Entry(template, step.handlerKey(), Optional.of(step))),
                    template.taskHandler().map(TaskHandlerTemplate::key).stream()
                            .map(key -> new Entry(template, key, Optional.empty())));
        }

        Optional<String> stepName() {
            return step.map(StepTemplate::name);
        }

        String title() {
            return stepName().map(name -> "step " + name).orElse("the task handler") + " of " + template.key();
        }

        Optional<Path> path() {
            return step.isPresent() ? template.handlerPath(step.get()) : template.taskHandlerPath();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Entry entry
                    && entry.template.key().equals(template.key())
                    && entry.template.contentHash().equals(template.contentHash())
                    && entry.template.source().equals(template.source())
                    && entry.stepName().equals(stepName());
        }

        @Override
        public int hashCode() {
            return template.contentHash().hashCode() * 31 + stepName().hashCode();
        }
    }

    /// Loads what is new; the languages side by side.
    void refresh() {
        Map<HandlerRuntime, List<Entry>> fresh = new EnumMap<>(HandlerRuntime.class);
        for (RegisteredTemplate registered : tasker.templates()) {
            Entry.allOf(registered.template())
                    .filter(entry -> known.add(entry) || hasChanged(entry))
                    .forEach(entry -> fresh.computeIfAbsent(entry.key().runtime(), _ -> new ArrayList<>())
                            .add(entry));
        }
        List<CompletableFuture<Void>> languages = new ArrayList<>();
        fresh.forEach((runtime, entries) ->
                languages.add(SideTask.run("tasker-load-" + runtime.key(), () -> entries.forEach(this::load))));
        languages.forEach(SideTask::await);
    }

    /// Loads the handlers of one language once more, after its host has read their code anew.
    void loadAgain(HandlerRuntime runtime) {
        known.stream().filter(entry -> entry.key().runtime() == runtime).forEach(this::load);
    }

    private void load(Entry entry) {
        FileTime time = changeTime(entry);
        try {
            entry.step()
                    .ifPresentOrElse(
                            step -> loading.load(entry.template(), step),
                            () -> loading.loadTaskHandler(entry.template()));
            failed.remove(entry);
            servedFor.putIfAbsent(entry.key(), entry.template().key());
        } catch (HandlerLoadException problem) {
            failed.put(entry, time);
            problems.accept(consequence(entry, problem) + problem.getMessage());
        }
    }

    /// Steps are claimed by handler key: where two templates mean different code by one key, neither can be served.
    private String consequence(Entry entry, HandlerLoadException problem) {
        String step = entry.title();
        HandlerKey key = entry.key();
        TemplateKey other = servedFor.get(key);
        if (problem.code() != ErrorCode.HANDLER_DUPLICATE || other == null) {
            return "skipped " + step + ": ";
        }
        if (other.equals(entry.template().key())) {
            return step + " still runs the code that was loaded first; restart the worker to load the new one: ";
        }
        tasker.withdraw(key);
        return step + " and a step of " + other + " mean different code by the same name, so neither is served;"
                + " give one of the classes a handler_name of its own: ";
    }

    private boolean hasChanged(Entry entry) {
        FileTime before = failed.get(entry);
        return before != null && !before.equals(changeTime(entry));
    }

    /// When the handler's file was written; the epoch where there is none.
    private static FileTime changeTime(Entry entry) {
        return entry.path().map(TemplateWatch::changeTime).orElse(FileTime.fromMillis(0));
    }

    private static FileTime changeTime(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException _) {
            return FileTime.fromMillis(0);
        }
    }
}
