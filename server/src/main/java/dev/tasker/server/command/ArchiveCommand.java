package dev.tasker.server.command;

import dev.tasker.archive.ArchiveOutlook;
import dev.tasker.archive.ArchivePlan;
import dev.tasker.archive.ArchiveResult;
import dev.tasker.archive.Archiver;
import dev.tasker.server.database.DiskSpace;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.output.ArchiveDocument;
import dev.tasker.server.output.ArchiveReport;
import dev.tasker.server.progress.ArchiveProgress;
import dev.tasker.store.ArchiveStore;
import dev.tasker.store.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tasker archive`
@Command(
        name = "archive",
        description = {
            "Moves tasks that ended long ago to the archive, with their steps and transitions, while work goes on.",
            "`task show` and `task list --tier complete` still find them. May be broken off anywhere: the next call"
                    + " goes on."
        },
        footer = {"", "Example:", "  tasker archive --older-than 90d --dry-run"})
final class ArchiveCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(
            names = "--older-than",
            paramLabel = "TIME",
            converter = RetentionText.class,
            description = "Tasks that ended longer ago than this: 90d, 12h, 30m.")
    private @Nullable Duration olderThan;

    @Option(
            names = "--before",
            paramLabel = "TIME",
            converter = SinceText.class,
            description = "Instead: tasks that ended before this time, as 2026-01-31T12:00:00Z.")
    private @Nullable Instant before;

    @Option(names = "--include-errors", description = "Also tasks in error; nobody can retry them any more then.")
    private boolean includeErrors;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description =
                    "Tasks in one transaction, 1 to " + ArchivePlan.BATCH_TASKS_MAX + " (default: ${DEFAULT-VALUE}).")
    private int batch = ArchivePlan.BATCH_TASKS_DEFAULT;

    @Option(
            names = "--load",
            paramLabel = "PERCENT",
            description = "Share of the time to be at work, the rest are pauses; 100 where no engine runs (default:"
                    + " ${DEFAULT-VALUE}).")
    private int load = ArchivePlan.LOAD_PERCENT_DEFAULT;

    @Option(names = "--dry-run", description = "Only tell what would be archived (default: act).")
    private boolean dryRun;

    @Option(names = "--yes", description = "Do not ask first.")
    private boolean yes;

    ArchiveCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws InterruptedException {
        if ((olderThan == null) == (before == null)) {
            throw OptionProblem.of("--older-than", "give it or --before: how long ended tasks are kept");
        }
        try (OpenDatabase database = root.database().open()) {
            Archiver archiver = new Archiver(new ArchiveStore(new Database(database.dataSource())), Thread::sleep);
            ArchivePlan plan = plan(archiver)
                    .withErrors(includeErrors)
                    .withBatchTasks(batch)
                    .withLoadPercent(load);
            ArchiveOutlook outlook = archiver.outlook(plan);
            if (dryRun) {
                return root.isJson()
                        ? root.printJson(ArchiveDocument.dryRun(plan, outlook))
                        : root.printText(new ArchiveReport(ZoneId.systemDefault()).dryRun(plan, outlook));
            }
            return run(archiver, plan, outlook, database);
        }
    }

    private ArchivePlan plan(Archiver archiver) {
        return olderThan != null
                ? archiver.planOlderThan(olderThan)
                : archiver.planEndedBefore(Objects.requireNonNull(before));
    }

    private int run(Archiver archiver, ArchivePlan plan, ArchiveOutlook outlook, OpenDatabase database)
            throws InterruptedException {
        long tasks = outlook.tasks(includeErrors);
        DiskSpace.check(database, outlook.bytes(includeErrors));
        if (tasks > 0 && !yes) {
            Confirmation.ask(root, "archive " + ArchiveReport.tasks(tasks));
        }
        ArchiveProgress progress = new ArchiveProgress(root.streams().err(), tasks, InstantSource.system());
        if (!root.isJson() && tasks > 0) {
            progress.start(outlook.bytes(includeErrors));
        }
        ArchiveResult result = archiver.run(plan, root.isJson() ? _ -> {} : progress);
        return root.isJson()
                ? root.printJson(ArchiveDocument.of(plan, result))
                : root.printText(new ArchiveReport(ZoneId.systemDefault()).done(result));
    }
}
