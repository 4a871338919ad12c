package dev.tasker.store;

import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HandlerLimitsTest {
    private static final TestDatabase DATABASE = TestDatabase.create();

    private Scene scene;

    @BeforeEach
    void open() {
        scene = new Scene(DATABASE);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void onlyAnAnswerThatAsksForADelayHoldsTheOthersBack() {
        Template paying =
                template("one|handler_class: one;delay_key: shared", "two|handler_class: two;delay_key: shared");
        scene.create(paying);
        scene.create(paying);
        List<ClaimedStep> first = scene.claim("w", 2, "one");

        scene.record("w", Scene.success(first.get(0)), Scene.retryable(first.get(1), Duration.ZERO));

        assertThat(Scene.names(scene.claim("w", 10, "two"))).containsExactly("two", "two");
    }

    @Test
    void aHandlerRunsNoMoreAttemptsInOneWorkerThanItsConcurrency() {
        createTasks(template("gate|handler_class: narrow;concurrency: 2"), 5);

        List<ClaimedStep> first = scene.claim("w1", 100, "narrow");
        WaveResult full = claimWhileRunning("w1", "narrow", first.size());
        List<ClaimedStep> elsewhere = scene.claim("w2", 100, "narrow");

        assertThat(first).hasSize(2);
        assertThat(full.claimed()).isEmpty();
        assertThat(full.limited()).isEmpty();
        assertThat(elsewhere).hasSize(2);
    }

    @Test
    void aRateHoldsForAllWorkersTogetherAndTellsWhenToComeBack() {
        createTasks(template("call|handler_class: rated;rate_limit: {per_second: 20}"), 100);

        List<ClaimedStep> burst = scene.claim("w1", 100, "rated");
        WaveResult other = scene.wave("w2", List.of(), 100, "rated");
        int claimed = 0;
        for (int tick = 0; tick < 100; tick++) {
            scene.pass(Duration.ofMillis(10));
            claimed += scene.claim(tick % 2 == 0 ? "w1" : "w2", 100, "rated").size();
        }

        assertThat(burst).hasSize(2);
        assertThat(other.claimed()).isEmpty();
        assertThat(other.limited()).singleElement().satisfies(limit -> {
            assertThat(limit.handler()).isEqualTo(key("rated"));
            assertThat(limit.resumesIn()).isEqualTo(Duration.ofMillis(50));
        });
        assertThat(claimed).isBetween(19, 20);
    }

    @Test
    void aSlowRateStillStartsOneAttemptAtATime() {
        createTasks(template("call|handler_class: slow;rate_limit: {per_second: 0.5}"), 3);

        List<ClaimedStep> first = scene.claim("w1", 100, "slow");
        scene.pass(Duration.ofMillis(1_900));
        List<ClaimedStep> early = scene.claim("w1", 100, "slow");
        scene.pass(Duration.ofMillis(100));
        List<ClaimedStep> due = scene.claim("w1", 100, "slow");

        assertThat(first).hasSize(1);
        assertThat(early).isEmpty();
        assertThat(due).hasSize(1);
    }

    @Test
    void theNewestVersionOfATemplateSetsTheLimitOfItsHandler() {
        createTasks(version("10.0.0", 3), 5);
        createTasks(version("9.0.0", 1), 5);

        assertThat(scene.claim("w1", 100, "versioned")).hasSize(3);
    }

    @Test
    void aRequestedDelayHoldsBackEveryStepWithItsKey() {
        Template paying = template("pay|handler_class: pay;delay_key: gateway", "note|handler_class: note");
        Template asking = template("ask|handler_class: ask;delay_key: gateway");
        createTasks(paying, 3);
        TaskId other = createTasks(asking, 1).getFirst();

        ClaimedStep first = scene.claim("w1", 1, "pay").getFirst();
        scene.record("w1", busy(first, 30));
        WaveResult held = scene.wave("w1", List.of(), 100, "pay", "ask", "note");
        scene.pass(Duration.ofSeconds(29));
        List<ClaimedStep> stillHeld = scene.claim("w2", 100, "pay", "ask");
        scene.pass(Duration.ofSeconds(1));
        List<ClaimedStep> resumed = scene.claim("w2", 100, "pay", "ask");

        assertThat(Scene.names(held.claimed())).containsExactly("note", "note", "note");
        assertThat(held.limited()).extracting(WaveResult.Limited::resumesIn).contains(Duration.ofSeconds(30));
        assertThat(stillHeld).isEmpty();
        assertThat(Scene.names(resumed)).containsExactlyInAnyOrder("pay", "pay", "pay", "ask");
        assertThat(scene.step(other, "ask").attempts()).isEqualTo(1);
    }

    @Test
    void aShorterDelayDoesNotEndALongerOne() {
        createTasks(template("pay|handler_class: twice;delay_key: bank"), 3);

        List<ClaimedStep> both = scene.claim("w1", 2, "twice");
        scene.record("w1", busy(both.get(0), 60));
        scene.record("w1", busy(both.get(1), 5));
        scene.pass(Duration.ofSeconds(59));

        // The second step itself waits for its own delay only; the key waits for the longer one.
        assertThat(scene.claim("w1", 100, "twice")).isEmpty();
        scene.pass(Duration.ofSeconds(1));
        assertThat(scene.claim("w1", 100, "twice")).hasSize(3);
    }

    @Test
    void limitsHoldForTheClaimsOfOneTaskToo() {
        Template template = template(
                "a|handler_class: wide;concurrency: 2",
                "b|handler_class: wide;concurrency: 2",
                "c|handler_class: wide;concurrency: 2");
        TaskId task = createTasks(template, 1).getFirst();

        WaveResult claimed = new WaveStore(new Database(scene.source()))
                .advance(new WaveRequest(
                        List.of(), new WorkerId("w1"), Map.of(key("wide"), 10), 10, Scene.LEASE, Optional.of(task)));

        assertThat(claimed.claimed()).hasSize(2);
    }

    private List<TaskId> createTasks(Template template, int count) {
        return IntStream.range(0, count).mapToObj(_ -> scene.create(template)).toList();
    }

    private WaveResult claimWhileRunning(String worker, String handler, int running) {
        return new WaveStore(new Database(scene.source()))
                .advance(new WaveRequest(
                        List.of(),
                        new WorkerId(worker),
                        Map.of(key(handler), 100),
                        Map.of(key(handler), running),
                        100,
                        Scene.LEASE,
                        Optional.empty(),
                        Map.of()));
    }

    private static Outcome busy(ClaimedStep claimed, int seconds) {
        return Outcome.retryableFailure(
                claimed.step().stepId(),
                claimed.claim(),
                "{\"class\":\"E\",\"message\":\"busy\",\"retry_after\":" + seconds + "}",
                Duration.ofSeconds(seconds));
    }

    private static Template version(String version, int concurrency) {
        return new TemplateParser().parse("""
                name: limited_by_version
                version: %s
                default_runtime: java
                step_templates:
                  - {name: gate, handler_class: versioned, concurrency: %d}
                """.formatted(version, concurrency), "test");
    }

    private static HandlerKey key(String handler) {
        return new HandlerKey(HandlerRuntime.JAVA, handler);
    }
}
