package dev.tasker.server.run;

import dev.tasker.config.Configuration;
import dev.tasker.config.ConfigurationKeys;
import dev.tasker.config.Settings;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.execution.HandlerHost;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.server.database.DatabaseChoice;
import dev.tasker.server.database.DeferredDataSource;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.handlers.EngineSetup;
import dev.tasker.server.handlers.HandlerLoading;
import dev.tasker.server.handlers.SideTask;
import dev.tasker.server.progress.ProgressView;
import dev.tasker.server.progress.TaskFollower;
import dev.tasker.store.Database;
import dev.tasker.store.TemplateStore;
import dev.tasker.task.RequestCheck;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.Template;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Runs one task to its end.
///
/// Nothing is stored before template, input and all handlers are known to be good; until then the database opens
/// and the languages start side by side.
public final class TaskRun {
    private static final Duration SHUTDOWN_MAX = Duration.ofSeconds(1);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(15);
    /// Somebody waits for this task: a retry is to start soon after it is due.
    private static final Duration POLL_INTERVAL = Duration.ofMillis(200);

    private final Order order;
    private final DatabaseChoice choice;
    private boolean isOpening;

    public TaskRun(Order order, DatabaseChoice choice) {
        this.order = order;
        this.choice = choice;
    }

    /// The engine's settings for one task that somebody waits for; what was given wins.
    public static TaskerConfig engineOf(Settings settings) {
        TaskerConfig config = TaskerConfig.of(Configuration.of(settings));
        TaskerConfig patient =
                settings.isGiven(ConfigurationKeys.POLL_INTERVAL) ? config : config.withPollInterval(POLL_INTERVAL);
        return settings.isGiven(ConfigurationKeys.SHUTDOWN_TIMEOUT)
                ? patient
                : patient.withShutdownTimeout(SHUTDOWN_MAX);
    }

    /// What to run.
    ///
    /// @param engine    see [#engineOf]
    /// @param timeLimit how long to wait for the end
    public record Order(
            TemplateName template,
            TaskRequest request,
            EngineSetup setup,
            PolyglotConfig guests,
            TaskerConfig engine,
            Duration timeLimit) {}

    /// The task at its end, or when the time was over.
    public record Result(TaskSnapshot task, String database) {}

    /// Told about the running task, so that it can be stopped from outside.
    @FunctionalInterface
    public interface StartListener {
        /// Called once, when the task is stored.
        ///
        /// @param stop gives running steps back, and closes the engine
        void started(TaskId task, Runnable stop);
    }

    /// Runs the task; blocks until its end.
    ///
    /// @throws dev.tasker.error.TaskerException bad input, or no database; nothing was stored
    public Result run(ProgressView view, StartListener listener) throws InterruptedException {
        CompletableFuture<OpenDatabase> opening = new CompletableFuture<>();
        try {
            Template template = template(opening);
            Tasker tasker = Tasker.open(new DeferredDataSource(opening), order.engine(), hosts(template));
            return run(tasker, template, opening, new Audience(view, listener));
        } finally {
            closeOnceOpen(opening);
        }
    }

    /// A database that is stopped while it is still being opened complains loudly: so that is waited for, for a while.
    private void closeOnceOpen(CompletableFuture<OpenDatabase> opening) throws InterruptedException {
        CompletableFuture<?> closed = opening.thenAccept(OpenDatabase::close);
        if (!isOpening) {
            return;
        }
        try {
            closed.get(CLOSE_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException _) {
            // It could not be opened, which is reported elsewhere; or it takes too long, and ends with the process.
            return;
        }
    }

    private record Audience(ProgressView view, StartListener listener) {}

    private Template template(CompletableFuture<OpenDatabase> opening) {
        return switch (order.template()) {
            case TemplateName.InFile file -> {
                Template template = order.setup().parser().parse(file.path());
                checkRequest(template);
                startOpening(opening);
                yield template;
            }
            case TemplateName.Registered name -> {
                startOpening(opening);
                OpenDatabase database = SideTask.await(opening);
                Template template = new TemplateStore(new Database(database.dataSource()))
                        .find(name.reference())
                        .template();
                checkRequest(template);
                yield template;
            }
        };
    }

    private void startOpening(CompletableFuture<OpenDatabase> opening) {
        isOpening = true;
        SideTask.complete(opening, "tasker-database", choice::open);
    }

    private List<HandlerHost> hosts(Template template) {
        List<HandlerHost> hosts = new ArrayList<>();
        for (HandlerRuntime runtime : HandlerLoading.runtimes(template)) {
            if (runtime != HandlerRuntime.JAVA) {
                hosts.add(PolyglotHost.open(runtime, order.guests()));
            }
        }
        return hosts;
    }

    private Result run(Tasker tasker, Template template, CompletableFuture<OpenDatabase> opening, Audience audience)
            throws InterruptedException {
        boolean isGood = false;
        try {
            prepare(tasker, template, opening);
            isGood = true;
        } finally {
            if (!isGood) {
                // Beside the error message: a language that is just starting cannot be stopped at once.
                CompletableFuture<?> _ = SideTask.run("tasker-close", tasker::close);
            }
        }
        try (tasker) {
            // Also what its task handler refuses leaves no template behind.
            tasker.creation().check(template, List.of(order.request()));
            TaskId task = tasker.create(tasker.register(template).template(), order.request());
            audience.listener().started(task, tasker::close);
            try (TaskFollower _ = new TaskFollower(tasker, task, audience.view())) {
                tasker.start();
                tasker.awaitEnd(task, order.timeLimit());
            }
            return new Result(tasker.task(task), SideTask.await(opening).description());
        }
    }

    private void prepare(Tasker tasker, Template template, CompletableFuture<OpenDatabase> opening) {
        List<CompletableFuture<?>> all =
                new ArrayList<>(new HandlerLoading(tasker, order.setup().handlers()).start(template));
        all.add(opening);
        SideTask.await(firstFailureOrAll(all));
        order.setup().applyTo(tasker);
    }

    /// What the engine checks again when it creates the task: there the template would be stored already.
    ///
    /// @throws InvalidRequestException the request does not fit the template
    private void checkRequest(Template template) {
        order.request().requireContextWithin(order.engine().contextBytesMax());
        new RequestCheck(order.setup().identities()).check(template, order.request());
    }

    private static CompletableFuture<Void> firstFailureOrAll(List<CompletableFuture<?>> all) {
        CompletableFuture<Void> result = CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
        for (CompletableFuture<?> one : all) {
            CompletableFuture<?> _ = one.whenComplete((_, problem) -> {
                if (problem != null) {
                    result.completeExceptionally(problem);
                }
            });
        }
        return result;
    }
}
