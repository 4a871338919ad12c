package dev.tasker.server.command;

import dev.tasker.identity.TaskId;
import dev.tasker.query.TaskDocument;
import dev.tasker.server.database.DatabaseChoice;
import dev.tasker.server.output.ExitCode;
import dev.tasker.server.output.TaskReport;
import dev.tasker.server.progress.LiveTree;
import dev.tasker.server.progress.ProgressView;
import dev.tasker.server.progress.TerminalSize;
import dev.tasker.server.progress.TransitionLines;
import dev.tasker.server.run.TaskRun;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.transition.TaskState;
import java.io.PrintStream;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Optional;

/// Runs a task for somebody who watches it: progress on standard error, the result on standard output.
final class Presentation {
    private final RootCommand root;
    private volatile boolean isStopping;

    Presentation(RootCommand root) {
        this.root = root;
    }

    /// Runs the task to its end and prints it; in text, only what `TaskReport` calls brief.
    ///
    /// @return its exit code follows from the task's state
    TaskRun.Result run(TaskRun.Order order, DatabaseChoice database) throws InterruptedException {
        TaskRun.Result result = await(new TaskRun(order, database));
        if (root.isJson()) {
            root.printJson(TaskDocument.of(result.task()));
        } else {
            root.printText(new TaskReport(ZoneId.systemDefault()).brief(result.task()));
        }
        return result;
    }

    /// Once the run is being stopped, this thread must neither report that the engine is closed nor end the
    /// process.
    private TaskRun.Result await(TaskRun run) throws InterruptedException {
        try {
            return run.run(view(), this::onInterrupt);
        } catch (RuntimeException problem) {
            if (isStopping) {
                Thread.currentThread().join();
            }
            throw problem;
        }
    }

    /// 0 for a task that reached its aim, 1 for any other; says so when it has not ended.
    int exitCode(TaskSnapshot task) {
        TaskState state = task.summary().state();
        if (!state.isTerminal()) {
            root.streams()
                    .err()
                    .println("tasker: task " + task.summary().id() + " has not ended in time, it is " + state.key()
                            + "; `tasker worker` continues it");
        }
        boolean isGood = state == TaskState.COMPLETE || state == TaskState.RESOLVED_MANUALLY;
        return isGood ? ExitCode.OK.number() : ExitCode.TASK_FAILED.number();
    }

    private ProgressView view() {
        PrintStream err = root.streams().err();
        Optional<TerminalSize> terminal =
                root.isJson() || !root.invocation().ownsTerminal() ? Optional.empty() : TerminalSize.ofStandardError();
        return terminal.<ProgressView>map(size -> new LiveTree(err, size, InstantSource.system()))
                .orElseGet(() -> new TransitionLines(err, ZoneId.systemDefault()));
    }

    private void onInterrupt(TaskId task, Runnable stop) {
        root.invocation().interrupts().onFirst(exitCode -> {
            isStopping = true;
            PrintStream err = root.streams().err();
            err.println();
            err.println("tasker: stopping; running steps are given back");
            stop.run();
            err.println("tasker: task " + task + " is not finished; continue it with: tasker worker");
            err.flush();
            System.exit(exitCode);
        });
    }
}
