package dev.tasker.store;

import static dev.tasker.db.generated.Tables.WORKERS;

import dev.tasker.db.generated.Routines;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.WorkerId;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/// Workers as they announce themselves. Safe from any thread.
public final class WorkerStore {
    static final int PARTITION_MONTHS_AHEAD = 3;

    private static final Duration STOP_ANSWER_MAX = Duration.ofSeconds(5);

    private final Database database;

    public WorkerStore(Database database) {
        this.database = database;
    }

    /// Announces a worker, or brings its row up to date.
    public void register(Announcement worker) {
        Map<String, Integer> slots = new LinkedHashMap<>();
        worker.slots().forEach((runtime, number) -> slots.put(runtime.key(), number));
        database.call(dsl -> {
            Routines.registerWorker(
                    dsl.configuration(),
                    worker.id().value(),
                    worker.handlerKeys().stream().map(HandlerKey::toString).toArray(String[]::new),
                    StoredJson.jsonb(slots),
                    worker.host(),
                    worker.processId(),
                    worker.version());
            return worker;
        });
    }

    /// Marks a worker as stopped.
    public void stop(WorkerId worker) {
        database.call(
                STOP_ANSWER_MAX,
                dsl -> dsl.update(WORKERS)
                        .set(WORKERS.STOPPED_AT, Routines.now())
                        .where(WORKERS.WORKER_ID.eq(worker.value()))
                        .execute());
    }

    /// Makes the partitions of the months to come.
    public void preparePartitions() {
        database.call(dsl -> Routines.ensureTransitionPartitions(dsl.configuration(), PARTITION_MONTHS_AHEAD));
    }

    /// What a worker tells about itself.
    public record Announcement(
            WorkerId id,
            Collection<HandlerKey> handlerKeys,
            Map<HandlerRuntime, Integer> slots,
            String host,
            long processId,
            String version) {}
}
