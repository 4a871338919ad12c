package dev.tasker.server.output;

import dev.tasker.archive.ArchiveBatch.Moved;
import dev.tasker.archive.ArchiveOutlook;
import dev.tasker.archive.ArchivePlan;
import dev.tasker.archive.ArchiveResult;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Archiving as text, for people.
public final class ArchiveReport {
    private static final DateTimeFormatter DAY_AND_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private final ZoneId zone;

    public ArchiveReport(ZoneId zone) {
        this.zone = zone;
    }

    /// What a run would find.
    public String dryRun(ArchivePlan plan, ArchiveOutlook outlook) {
        long tasks = outlook.tasks(plan.includeErrors());
        StringBuilder text = new StringBuilder(
                tasks(tasks) + " ended before " + at(plan.before()) + " and would be archived; nothing was changed\n");
        if (tasks > 0) {
            text.append("  ")
                    .append(outlook.completeTasks())
                    .append(" complete, ")
                    .append(outlook.cancelledTasks())
                    .append(" cancelled, ")
                    .append(outlook.resolvedTasks())
                    .append(" resolved by hand");
            text.append(plan.includeErrors() ? ", " + outlook.errorTasks() + " in error\n" : "\n");
            outlook.oldestEnd()
                    .ifPresent(oldest -> text.append("  ended between ")
                            .append(at(oldest))
                            .append(" and ")
                            .append(at(outlook.newestEnd().orElse(oldest)))
                            .append('\n'));
            text.append("  about ")
                    .append(bytes(outlook.bytes(plan.includeErrors())))
                    .append(" will be written to the archive\n");
        }
        return text + stays(plan, outlook);
    }

    private static String stays(ArchivePlan plan, ArchiveOutlook outlook) {
        StringBuilder text = new StringBuilder();
        if (!plan.includeErrors() && outlook.errorTasks() > 0) {
            text.append("  ").append(outlook.errorTasks()).append(" in error stay; --include-errors moves them too\n");
        }
        if (outlook.hookDueTasks() > 0) {
            text.append("  ")
                    .append(outlook.hookDueTasks())
                    .append(" stay until their task handler has been asked for annotations\n");
        }
        if (!outlook.lateSubscribers().isEmpty()) {
            text.append("  some stay until these subscribers have had their transitions: ")
                    .append(String.join(", ", outlook.lateSubscribers()))
                    .append('\n');
        }
        return text.toString();
    }

    /// What a run has done.
    public String done(ArchiveResult result) {
        Moved moved = result.moved();
        StringBuilder text = new StringBuilder(tasks(moved.tasks()) + " archived, with " + moved.steps() + " steps and "
                + moved.transitions() + " transitions\n");
        if (result.left() > 0) {
            text.append(tasks(result.left())).append(" stay for a later run; --dry-run says why\n");
        }
        result.droppedPartitions()
                .forEach(name -> text.append("dropped ").append(name).append(", which was empty\n"));
        return text.toString();
    }

    /// `1 task`, `2 tasks`.
    public static String tasks(long number) {
        return number + (number == 1 ? " task" : " tasks");
    }

    /// `12 MB`, `3.4 GB`.
    public static String bytes(long bytes) {
        long megabytes = bytes >> 20;
        return megabytes < 1_024
                ? Math.max(1, megabytes) + " MB"
                : String.format(Locale.ROOT, "%.1f GB", megabytes / 1_024.0);
    }

    private String at(Instant time) {
        return DAY_AND_TIME.format(time.atZone(zone));
    }
}
