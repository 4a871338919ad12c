package dev.tasker.server.command;

import dev.tasker.config.Configuration;
import dev.tasker.config.Configuration.DatabaseSection;
import dev.tasker.config.Settings;
import dev.tasker.config.SettingsReader;
import dev.tasker.db.SchemaMigrator;
import dev.tasker.request.TaskRequest;
import dev.tasker.server.database.DatabaseChoice;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.database.TrainingDatabase;
import dev.tasker.server.diagnosis.TrialTask;
import dev.tasker.server.diagnosis.WarmUp;
import dev.tasker.server.handlers.EngineSetup;
import dev.tasker.server.output.ExitCode;
import dev.tasker.server.run.TaskRun;
import dev.tasker.server.run.TemplateName;
import dev.tasker.store.DatabaseAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `tasker train`, which the launcher calls.
@Command(
        name = "train",
        hidden = true,
        description = {
            "Makes the JVM's start-up cache. The launcher calls it by itself after the first run.",
            "Runs a small task in all languages, in a database of its own on the embedded PostgreSQL."
        },
        footer = {"", "Example:", "  tasker train"})
final class TrainCommand implements Callable<Integer> {
    private static final Duration TIME_MAX = Duration.ofMinutes(5);

    private final RootCommand root;

    TrainCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws InterruptedException {
        DatabaseSection limits = Configuration.standard().database();
        try (TrainingDatabase training = TrainingDatabase.create(new DatabaseChoice(Optional.empty(), limits))) {
            run(new DatabaseChoice(Optional.of(DatabaseAddress.parse(training.url())), limits));
        } catch (RuntimeException problem) {
            root.streams().err().println("tasker: no task could be run, so less is in the cache: " + problem);
            WarmUp.run();
        }
        return ExitCode.OK.number();
    }

    private void run(DatabaseChoice database) throws InterruptedException {
        try (OpenDatabase empty = database.connect()) {
            new SchemaMigrator().migrate(empty.dataSource());
        }
        // Without the settings of whoever happens to start first.
        Settings settings = SettingsReader.empty().read();
        try (TrialTask task = TrialTask.write()) {
            TaskRun.Order order = new TaskRun.Order(
                    new TemplateName.InFile(task.template()),
                    TaskRequest.builder(TrialTask.context()).build(),
                    EngineSetup.of(settings, GuestOptions.folder(settings)),
                    GuestOptions.config(Configuration.of(settings)),
                    TaskRun.engineOf(settings),
                    TIME_MAX);
            Presentation presentation = new Presentation(root);
            TaskRun.Result result = presentation.run(order, database);
            if (presentation.exitCode(result.task()) != ExitCode.OK.number()) {
                throw new IllegalStateException(
                        "the task is " + result.task().summary().state().key());
            }
        }
    }
}
