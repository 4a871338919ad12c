package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class CarrierWatchTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final CountDownLatch RELEASED = new CountDownLatch(1);

    /// Whoever needs this class waits, and holds a carrier meanwhile.
    private static final class Slow {
        static final int VALUE = await();

        private static int await() {
            try {
                RELEASED.await();
                return 1;
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        }
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void handlersThatHoldTheirCarriersDoNotHoldUpOthers() throws Exception {
        int holders = 2 * Runtime.getRuntime().availableProcessors() + 1;
        CountDownLatch begun = new CountDownLatch(holders);
        try (Tasker tasker = Tasker.open(DATABASE.dataSource(), TaskerConfig.defaults(), List.of())) {
            tasker.register("holds", handler((task, sequence, step) -> {
                begun.countDown();
                return Slow.VALUE;
            }));
            tasker.register("runs", handler((task, sequence, step) -> 1));
            tasker.start();
            List<TaskId> held = IntStream.range(0, holders)
                    .mapToObj(_ -> create(tasker, "holds"))
                    .toList();
            assertThat(begun.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();

            TaskId other = create(tasker, "runs");

            assertThat(tasker.awaitEnd(other, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            RELEASED.countDown();
            for (TaskId task : held) {
                assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            }
        } finally {
            RELEASED.countDown();
        }
    }

    private static TaskId create(Tasker tasker, String step) {
        return tasker.create(
                tasker.register(template(step)).template(),
                TaskRequest.builder(Map.of()).build());
    }
}
