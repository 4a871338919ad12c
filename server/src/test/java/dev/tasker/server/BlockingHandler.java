package dev.tasker.server;

import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// Writes each execution into a log, and never ends until a file `released` stands beside it.
public final class BlockingHandler extends StepHandler {
    static final String LOG = "executions.log";
    static final String RELEASED = "released";

    @Override
    public Map<String, Object> process(Task task, Sequence sequence, Step step)
            throws IOException, InterruptedException {
        Path folder = Path.of((String) task.context().get("folder"));
        Files.writeString(
                folder.resolve(LOG), step.name() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        if (!step.name().equals("first") && !Files.exists(folder.resolve(RELEASED))) {
            System.err.println("blocked in " + step.name());
            new CountDownLatch(1).await();
        }
        return Map.of("step", step.name());
    }
}
