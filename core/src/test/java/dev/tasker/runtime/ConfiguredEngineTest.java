package dev.tasker.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.config.Configuration;
import dev.tasker.config.SettingsReader;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.RetryableError;
import dev.tasker.execution.ConcurrencyFormula;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// That an engine does what its configuration says.
class ConfiguredEngineTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static TestDatabase database;

    @BeforeAll
    static void createDatabase() {
        database = TestDatabase.create();
    }

    @AfterAll
    static void dropDatabase() {
        database.close();
    }

    @Test
    void everySettingOfTheEngineArrives() {
        TaskerConfig config = config(
                "engine.worker_name=w1",
                "engine.lease=7s",
                "engine.poll_interval=8ms",
                "engine.shutdown_timeout=9s",
                "execution.result_bytes_max=2000",
                "execution.java_slots=3",
                "execution.context_bytes_max=500");

        assertThat(config.worker().value()).isEqualTo("w1");
        assertThat(config.lease()).isEqualTo(Duration.ofSeconds(7));
        assertThat(config.pollInterval()).isEqualTo(Duration.ofMillis(8));
        assertThat(config.shutdownTimeout()).isEqualTo(Duration.ofSeconds(9));
        assertThat(config.resultBytesMax()).isEqualTo(2_000);
        assertThat(config.javaSlots()).isEqualTo(3);
        assertThat(config.contextBytesMax()).isEqualTo(500);
        assertThat(config.withLease(Duration.ofSeconds(1)).contextBytesMax()).isEqualTo(500);
    }

    @Test
    void howMuchWorkIsTakenOnIsConfigured() {
        assertThat(TaskerConfig.defaults().pacing()).isEqualTo(Pacing.defaults());
        assertThat(config(
                                "execution.concurrency=dynamic",
                                "execution.min_concurrent_steps=2",
                                "execution.max_concurrent_steps_limit=9",
                                "execution.concurrency_cache_duration=5s",
                                "execution.connection_pressure_factor_low=0.9",
                                "execution.connection_pressure_factor_moderate=0.7",
                                "execution.connection_pressure_factor_high=0.5",
                                "execution.backlog_tasks_max=77",
                                "reenqueue.repeat=3s")
                        .pacing())
                .isEqualTo(Pacing.defaults()
                        .withDynamicConcurrency(
                                new ConcurrencyFormula(2, 9, new ConcurrencyFormula.Factors(0.9, 0.7, 0.5)))
                        .withBacklogTasksMax(77)
                        .withEnqueueRepeat(Duration.ofSeconds(3))
                        .withLimitHolds(Duration.ofSeconds(5)));
    }

    @Test
    void twoEnginesWithoutANameHaveDifferentOnes() {
        assertThat(TaskerConfig.defaults().worker())
                .isNotEqualTo(TaskerConfig.defaults().worker());
    }

    @Test
    void aContextLargerThanConfiguredIsRefused() {
        try (Tasker tasker = Tasker.open(database.dataSource(), config("execution.context_bytes_max=20"), List.of())) {
            RegisteredTemplate template =
                    tasker.register(Workflows.template("work")).template();

            tasker.create(
                    template, TaskRequest.builder(Map.of("a", "0123456789")).build());

            assertThatThrownBy(() -> tasker.create(
                            template,
                            TaskRequest.builder(Map.of("a", "0123456789012345")).build()))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("more than 20");
        }
    }

    @Test
    void theBackoffIsTheConfigurationsWhereTheTemplateSaysNothing() throws Exception {
        // Where either of the two were not read, the second attempt would be an hour away.
        assertThat(attemptsOf(
                        Workflows.template("fail | default_retry_limit: 2; backoff: {base_seconds: 0.01}"),
                        "backoff.base=1h",
                        "backoff.cap=24h"))
                .isEqualTo(2);
        assertThat(attemptsOf(
                        Workflows.template(
                                "fail | default_retry_limit: 2; backoff: {base_seconds: 3600, cap_seconds: 3600}"),
                        "backoff.strategy=none"))
                .isEqualTo(2);
    }

    @Test
    void whatAHandlerAsksForIsCutToTheConfiguredMaximum() throws Exception {
        assertThat(attemptsOf(
                        Workflows.template("fail | default_retry_limit: 2"),
                        Duration.ofHours(1),
                        "backoff.retry_after_max=1s"))
                .isEqualTo(2);
    }

    private static int attemptsOf(Template template, String... settings) throws Exception {
        return attemptsOf(template, null, settings);
    }

    private static int attemptsOf(Template template, Duration retryAfter, String... settings) throws Exception {
        try (Tasker tasker = Tasker.open(
                database.dataSource(), config(settings).withPollInterval(Duration.ofMillis(20)), List.of())) {
            tasker.register("fail", Workflows.handler((_, _, _) -> {
                throw new RetryableError("again", retryAfter, Map.of());
            }));
            TaskId task = tasker.create(
                    tasker.register(template).template(),
                    TaskRequest.builder(Map.of()).build());
            tasker.start();
            assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.ERROR);
            return tasker.task(task).steps().getFirst().attempts();
        }
    }

    private static TaskerConfig config(String... settings) {
        SettingsReader reader = SettingsReader.empty();
        for (String setting : settings) {
            reader.assignment(setting);
        }
        return TaskerConfig.of(Configuration.of(reader.read()));
    }
}
