package dev.tasker.reenqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.identity.TaskId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskQueuesTest {
    @Test
    void queuesAreFoundByName() {
        TaskQueue sidekiq = named("sidekiq");
        TaskQueues queues = new TaskQueues(List.of(sidekiq, named("celery")));

        assertThat(queues.names()).containsExactlyInAnyOrder("sidekiq", "celery");
        assertThat(queues.find("sidekiq")).containsSame(sidekiq);
        assertThat(queues.find("bullmq")).isEmpty();
    }

    @Test
    void twoQueuesWithOneNameAndNamesThatCannotBeStoredAreRefused() {
        assertThatThrownBy(() -> new TaskQueues(List.of(named("a"), named("a"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("`a`");
        assertThatThrownBy(() -> new TaskQueues(List.of(named(" ")))).hasMessageContaining("1 to 64");
        assertThatThrownBy(() -> new TaskQueues(List.of(named("x".repeat(65))))).hasMessageContaining("1 to 64");
        assertThatThrownBy(() -> new TaskQueues(List.of(named("database")))).hasMessageContaining("Tasker's own");
    }

    @Test
    void toEnqueueInTheDatabaseIsToWakeTheSchedulerUp() {
        List<Duration> wakes = new ArrayList<>();

        new InDatabaseQueue(wakes::add).enqueue(new TaskId(1), Duration.ofSeconds(3), "retry_backoff");

        assertThat(wakes).containsExactly(Duration.ofSeconds(3));
    }

    private static TaskQueue named(String name) {
        return new TaskQueue() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public void enqueue(TaskId task, Duration delay, String reason) {
                throw new AssertionError("no task is handed over here");
            }
        };
    }
}
