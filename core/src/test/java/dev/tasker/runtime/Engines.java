package dev.tasker.runtime;

import dev.tasker.reenqueue.TaskQueues;
import java.time.Clock;
import java.util.List;
import javax.sql.DataSource;

/// Engines as only tests open them.
public final class Engines {
    private Engines() {}

    /// An engine whose process has another idea of the time than the database.
    public static Tasker open(DataSource source, TaskerConfig config, Clock clock) {
        return new Tasker(source, config, clock, List.of(), new TaskQueues(List.of()));
    }
}
