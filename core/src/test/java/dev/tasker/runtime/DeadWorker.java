package dev.tasker.runtime;

import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.store.Database;
import dev.tasker.store.WaveStore;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.WaveRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/// A worker that claims and is never heard of again.
final class DeadWorker {
    private DeadWorker() {}

    static List<ClaimedStep> claim(DataSource database, TaskId task, String handler, Duration lease) {
        return new WaveStore(new Database(database))
                .advance(new WaveRequest(
                        List.of(),
                        new WorkerId("dead"),
                        Map.of(new HandlerKey(HandlerRuntime.JAVA, handler), 10),
                        10,
                        lease,
                        Optional.of(task)))
                .claimed();
    }
}
