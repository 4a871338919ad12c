package dev.tasker.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.InvalidRequestException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepResult;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import dev.tasker.testing.database.VirtualClock;
import dev.tasker.testing.database.WorkflowDatabase;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WorkflowTestTest {
    private static final String TWO_STEPS = """
            name: two_steps
            default_runtime: java
            schema: {type: object, required: [id]}
            step_templates:
              - {name: first, handler_class: First, default_retry_limit: 4, timeout_seconds: 60}
              - {name: second, handler_class: Second, depends_on_step: first}
            """;
    private static WorkflowDatabase database;

    @BeforeAll
    static void create() {
        database = WorkflowDatabase.create();
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void nothingRunsBeforeItIsTold() {
        try (WorkflowTest test = scripted()) {
            TaskRun run = test.start(Map.of("id", 1));

            run.assertThat()
                    .taskIs(TaskState.PENDING)
                    .stepIs("first", StepState.PENDING)
                    .attempts(0);
            assertThat(test.calls("first")).isZero();
        }
    }

    @Test
    void timeStandsStillUntilItIsMoved() {
        try (WorkflowTest test = scripted()) {
            test.script("first", Script.failRetryable("busy").then(Script.succeed()));
            TaskRun run = test.start(Map.of("id", 1)).runUntilIdle();

            assertThat(test.clock().instant()).isEqualTo(VirtualClock.START);
            assertThat(run.step("first").nextRetryAt()).contains(VirtualClock.START.plusSeconds(1));

            run.advance(Duration.ofMillis(999)).assertThat().stepIs("first", StepState.ERROR);
            run.advance(Duration.ofMillis(1)).assertThat().taskIs(TaskState.COMPLETE);
        }
    }

    @Test
    void theJitterMovesTheBackoff() {
        try (WorkflowTest test = scripted().jitter(0.5)) {
            test.script("first", Script.failRetryable("busy").then(Script.succeed()));

            TaskRun run = test.start(Map.of("id", 1)).runUntilIdle();

            assertThat(run.step("first").nextRetryAt()).contains(VirtualClock.START.plusMillis(1_500));
        }
    }

    @Test
    void aServersWishReplacesTheBackoff() {
        try (WorkflowTest test = scripted()) {
            test.script(
                    "first",
                    Script.failRetryable("busy", Duration.ofSeconds(40)).then(Script.succeed()));

            TaskRun run = test.start(Map.of("id", 1)).runUntilEnd();

            assertThat(run.task().summary().endedAt()).contains(VirtualClock.START.plusSeconds(40));
        }
    }

    @Test
    void anAnswerIsRepeatedAsOftenAsTold() {
        try (WorkflowTest test = scripted()) {
            test.script("first", Script.failRetryable("busy").times(3).then(Script.succeed("at last")));

            TaskRun run = test.start(Map.of("id", 1)).runUntilEnd();

            run.assertThat().stepIs("first", StepState.COMPLETE).attempts(4).results("at last");
        }
    }

    @Test
    void aHandlerThatNeverReturnsRunsIntoItsTimeout() {
        try (WorkflowTest test = scripted()) {
            test.script("first", Script.neverReturn().then(Script.succeed()));
            TaskRun run = test.start(Map.of("id", 1)).runUntilIdle();
            run.advance(Duration.ofSeconds(59)).assertThat().stepIs("first", StepState.IN_PROGRESS);

            run.advance(Duration.ofSeconds(1));

            run.assertThat().stepIs("first", StepState.ERROR).attempts(1).failedWith("STEP_TIMEOUT");
        }
    }

    @Test
    void anAnswerMayTakeVirtualTime() {
        try (WorkflowTest test = scripted()) {
            test.script("first", Script.succeed().after(Duration.ofSeconds(50)));
            TaskRun run = test.start(Map.of("id", 1)).runUntilIdle();
            run.assertThat().stepIs("first", StepState.IN_PROGRESS);

            run.advance(Duration.ofSeconds(50));

            run.assertThat().taskIs(TaskState.COMPLETE).step("first").attempts(1);
        }
    }

    @Test
    void aWorkerThatDiesBeforeTheHandlerLosesOnlyTime() {
        try (WorkflowTest test = scripted()) {
            TaskRun run = test.start(Map.of("id", 1)).crashWorkerBefore("first").runUntilIdle();
            run.assertThat().stepIs("first", StepState.IN_PROGRESS);
            assertThat(test.calls("first")).isZero();

            run.passLease();

            run.assertThat().taskIs(TaskState.COMPLETE).step("first").attempts(2);
            assertThat(test.calls("first")).isEqualTo(1);
        }
    }

    @Test
    void theLateOutcomeOfAStalledWorkerIsRefused() {
        try (WorkflowTest test = scripted()) {
            test.script("first", Script.succeed("late").then(Script.succeed("in time")));
            TaskRun run = test.start(Map.of("id", 1)).stallWorkerDuring("first").runUntilIdle();

            run.passLease();

            run.assertThat()
                    .refusedOutcomes("first")
                    .taskIs(TaskState.COMPLETE)
                    .step("first")
                    .attempts(2)
                    .results("in time");
        }
    }

    @Test
    void anOutcomeWhoseAnswerIsLostIsRecordedOnce() {
        try (WorkflowTest test = scripted()) {
            TaskRun run = test.start(Map.of("id", 1)).loseAnswerAfter("first").runUntilIdle();

            run.passLease();

            run.assertThat()
                    .refusedOutcomes("first")
                    .taskIs(TaskState.COMPLETE)
                    .step("first")
                    .attempts(1)
                    .trail("pending>in_progress", "in_progress>complete");
        }
    }

    @Test
    void aRestartCountsNoAttempt() {
        try (WorkflowTest test = scripted()) {
            TaskRun run = test.start(Map.of("id", 1)).restartWorkerDuring("first");

            run.runUntilIdle();

            run.assertThat()
                    .taskIs(TaskState.COMPLETE)
                    .taskTrail("pending>in_progress", "in_progress>complete")
                    .step("first")
                    .attempts(1)
                    .trail("pending>in_progress", "in_progress>pending", "pending>in_progress", "in_progress>complete");
        }
    }

    @Test
    void aScriptSeesWhatAHandlerSees() {
        try (WorkflowTest test = scripted()) {
            test.script("first", Script.succeed(Map.of("n", 2)));
            test.script(
                    "second",
                    Script.call((task, sequence, _) -> List.of(task.context().get("id"), sequence.resultsOf("first"))));

            TaskRun run = test.start(Map.of("id", 1)).runUntilIdle();

            assertThat(run.results("second")).isEqualTo(List.of(1, Map.of("n", 2)));
        }
    }

    @Test
    void theClassThatTheTemplateNamesRunsByItself() {
        String yaml = """
                name: by_class
                default_runtime: java
                step_templates: [{name: only, handler_class: "%s"}]
                """.formatted(Doubling.class.getName());
        try (WorkflowTest test = WorkflowTest.of(yaml)) {
            TaskRun run = test.start(Map.of("n", 21)).runUntilIdle();

            assertThat(run.results("only")).isEqualTo(42);
        }
    }

    /// Found by its name.
    public static final class Doubling extends StepHandler {
        @Override
        public Object process(Task task, Sequence sequence, Step step) {
            return 2 * (int) task.context().get("n");
        }
    }

    @Test
    void anotherLanguageRunsOnItsHost() {
        String yaml = """
                name: guest
                step_templates: [{name: only, runtime: ruby, handler_class: Shop::Guest}]
                """;
        EchoHost host = new EchoHost();
        try (WorkflowTest test = WorkflowTest.of(parse(yaml), database).host(host)) {
            TaskRun run = test.start(Map.of()).runUntilIdle();

            assertThat(run.results("only")).isEqualTo("ruby:Shop::Guest");
        }
        assertThat(host.events).containsExactly("load ruby:Shop::Guest", "start only", "close");
    }

    /// Answers on a thread of its own, as a real host may.
    private static final class EchoHost implements HandlerHost {
        private final List<String> events = new ArrayList<>();

        @Override
        public HandlerRuntime runtime() {
            return HandlerRuntime.RUBY;
        }

        @Override
        public int slots() {
            return 1;
        }

        @Override
        public HandlerDeclaration load(HandlerSource source) {
            events.add("load " + source.key());
            return HandlerDeclaration.NONE;
        }

        @Override
        public RunningAttempt start(StepAttempt attempt, Consumer<StepResult> completion) {
            events.add("start " + attempt.step().name());
            Thread.ofVirtual()
                    .start(() -> completion.accept(
                            new StepResult.Success(attempt.handlerKey().toString())));
            return () -> {};
        }

        @Override
        public void close() {
            events.add("close");
        }
    }

    @Test
    void aHandlerThatHangsInRealTimeIsInterruptedAndFailsTheTest() {
        try (WorkflowTest test = scripted().deadline(Duration.ofMillis(50))) {
            CountDownLatch never = new CountDownLatch(1);
            test.script("first", Script.call((_, _, _) -> {
                never.await();
                return null;
            }));
            TaskRun run = test.start(Map.of("id", 1));

            assertThatThrownBy(run::runUntilIdle)
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("the handler of step first (java:First) ran longer than 50 ms");
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }

    @Test
    void aFailedCheckShowsTheWholeTrail() {
        try (WorkflowTest test = scripted()) {
            test.script("first", Script.failRetryable("gateway down"));
            TaskRun run = test.start(Map.of("id", 1)).runUntilIdle();

            assertThatThrownBy(() -> run.assertThat().stepIs("first", StepState.COMPLETE))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("""
                            step first is error, not complete
                            two_steps@0.1.0 is in_progress at +0.000s
                              first   error, 1 of 4 attempts, retries at +1.000s: dev.tasker.error.RetryableError: gateway down
                              second  pending, 0 of 3 attempts
                            audit trail:
                                  +0.000s  task    pending>in_progress  worker worker-1
                                  +0.000s  first   pending>in_progress  attempt 1  worker worker-1
                                  +0.000s  first   in_progress>error  attempt 1  worker worker-1: dev.tasker.error.RetryableError: gateway down""");
        }
    }

    @Test
    void everyKindOfCheckCanFail() {
        try (WorkflowTest test = scripted()) {
            TaskRun run = test.start(Map.of("id", 1)).runUntilIdle();
            TaskAssert task = run.assertThat();
            StepAssert step = task.step("first");

            for (Runnable check : List.<Runnable>of(
                    () -> task.taskIs(TaskState.ERROR),
                    () -> task.step("third"),
                    () -> task.taskTrail("pending>complete"),
                    () -> task.refusedOutcomes("first"),
                    () -> step.is(StepState.ERROR),
                    () -> step.attempts(2),
                    () -> step.results(Map.of("n", 1)),
                    () -> step.failedWith("busy"),
                    () -> step.trail())) {
                assertThatThrownBy(check::run).isInstanceOf(AssertionError.class);
            }
        }
    }

    @Test
    void mistakesInTheTestAreNamed() {
        try (WorkflowTest test = WorkflowTest.of(parse(TWO_STEPS), database)) {
            test.script("first", Script.succeed());

            assertThatThrownBy(() -> test.script("frist", Script.succeed()))
                    .hasMessage("template default.two_steps@0.1.0 has no step frist; it has [first, second]");
            assertThatThrownBy(() -> test.start(Map.of()))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("/id: is missing");
            assertThatThrownBy(() -> test.start(Map.of("id", 1)).crashWorkerBefore("frist"))
                    .hasMessageContaining("Second");
        }
    }

    @Test
    void aStepThatNothingRunsIsNamedAtTheStart() {
        String yaml = """
                name: guest_alone
                step_templates: [{name: only, runtime: ruby, handler_class: Shop::Guest}]
                """;
        try (WorkflowTest test = WorkflowTest.of(parse(yaml), database)) {
            assertThatThrownBy(() -> test.start(Map.of()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("only (ruby:Shop::Guest)");
        }
    }

    @Test
    void aTestLeavesNoUnfinishedTaskToTheNextOne() {
        try (WorkflowTest test = scripted()) {
            test.start(Map.of("id", 1));
        }
        try (WorkflowTest test = scripted()) {
            TaskRun run = test.start(Map.of("id", 2)).runUntilIdle();

            run.assertThat().taskIs(TaskState.COMPLETE);
            assertThat(test.calls("first")).isEqualTo(1);
        }
    }

    private static WorkflowTest scripted() {
        return WorkflowTest.of(parse(TWO_STEPS), database).scriptRest(Script.succeed());
    }

    private static Template parse(String yaml) {
        return new TemplateParser().parse(yaml, "test");
    }
}
