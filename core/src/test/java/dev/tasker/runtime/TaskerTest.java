package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.NotFoundException;
import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateReference;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TaskerTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String FAST = "|backoff: {strategy: fixed, base_seconds: 0.01, jitter: 0}";

    private Tasker tasker;

    @BeforeEach
    void open() {
        tasker = Tasker.open(DATABASE.dataSource(), config(), List.of());
    }

    @AfterEach
    void close() {
        tasker.close();
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void runsADiamondAndHandsEachStepTheResultsOfItsParents() throws Exception {
        Template template = template("first", "left <- first", "right <- first", "last <- left right");
        tasker.register("first", handler((task, sequence, step) -> Map.of("n", 1)));
        tasker.register("left", handler((task, sequence, step) -> number(sequence.resultsOf("first"), "n") + 10));
        tasker.register("right", handler((task, sequence, step) -> number(sequence.resultsOf("first"), "n") + 100));
        tasker.register(
                "last",
                handler((task, sequence, step) ->
                        List.of(sequence.resultsOf("left"), sequence.resultsOf("right"), sequence.resultsOf("first"))));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(snapshot.summary().state()).isEqualTo(TaskState.COMPLETE);
        assertThat(snapshot.steps()).extracting(StepSnapshot::state).containsOnly(StepState.COMPLETE);
        assertThat(step(snapshot, "last").results()).isEqualTo(List.of(11, 101, Map.of("n", 1)));
        assertThat(trail(snapshot, null)).containsExactly("pending>in_progress", "in_progress>complete");
    }

    @Test
    void tasksStartWithTheirCreationWhereThereAreSlotsForAllOfThem() {
        tasker.close();
        tasker = Tasker.open(DATABASE.dataSource(), config().withJavaSlots(8), List.of());
        tasker.register("quick", handler((task, sequence, step) -> 1));
        tasker.start();
        RegisteredTemplate registered = tasker.register(template("quick")).template();
        AtomicInteger number = new AtomicInteger();

        // Not each time: the engine may just be looking for work, and holds slots for what it may find.
        await().atMost(DEADLINE).until(() -> {
            List<TaskRequest> requests = IntStream.range(0, 8)
                    .mapToObj(_ -> TaskRequest.builder(Map.of("number", number.incrementAndGet()))
                            .build())
                    .toList();
            return tasker.create(registered, requests).stream()
                    .map(id -> tasker.task(id).summary())
                    .allMatch(task -> task.startedAt().equals(Optional.of(task.requestedAt())));
        });
    }

    @Test
    void aRetryableFailureIsRetriedAndBothTransitionsOfTheRetryAreRecorded() throws Exception {
        Template template = template("pay" + FAST);
        tasker.register("pay", handler((task, sequence, step) -> {
            if (step.attempts() == 1) {
                throw new RetryableError("gateway timed out");
            }
            return "paid";
        }));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(step(snapshot, "pay").attempts()).isEqualTo(2);
        assertThat(step(snapshot, "pay").error()).isNull();
        assertThat(trail(snapshot, "pay"))
                .containsExactly(
                        "pending>in_progress",
                        "in_progress>error",
                        "error>pending",
                        "pending>in_progress",
                        "in_progress>complete");
    }

    @Test
    void aStepThatAlwaysFailsRunsAsOftenAsItsLimitAndThenTheTaskIsInError() throws Exception {
        Template template = template("bad" + FAST + ";default_retry_limit: 3", "after <- bad");
        AtomicInteger executions = new AtomicInteger();
        tasker.register("bad", handler((task, sequence, step) -> {
            executions.incrementAndGet();
            throw new IllegalStateException("boom");
        }));
        tasker.register("after", handler((task, sequence, step) -> null));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(executions).hasValue(3);
        assertThat(snapshot.summary().state()).isEqualTo(TaskState.ERROR);
        assertThat(step(snapshot, "bad").attempts()).isEqualTo(3);
        assertThat(step(snapshot, "after").state()).isEqualTo(StepState.PENDING);
        Map<String, Object> error = error(snapshot, "bad");
        assertThat(error.get("class")).isEqualTo("java.lang.IllegalStateException");
        assertThat(error.get("message")).isEqualTo("boom");
        assertThat((List<?>) error.get("backtrace")).first().asString().startsWith("TaskerTest.java:");
    }

    @Test
    void aPermanentErrorIsNotRetried() throws Exception {
        Template template = template("bad" + FAST);
        tasker.register("bad", handler((task, sequence, step) -> {
            throw new PermanentError("no such card", "CARD_UNKNOWN", Map.of("card", "4711"));
        }));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(snapshot.summary().state()).isEqualTo(TaskState.ERROR);
        assertThat(step(snapshot, "bad").attempts()).isEqualTo(1);
        assertThat(error(snapshot, "bad"))
                .containsEntry("error_code", "CARD_UNKNOWN")
                .containsEntry("retryable", false)
                .containsEntry("context", Map.of("card", "4711"));
    }

    @Test
    void theFirstExecutionIsAllowedEvenWithALimitOfZero() throws Exception {
        Template template = template("once|default_retry_limit: 0;default_retryable: false");
        tasker.register("once", handler((task, sequence, step) -> "done"));

        assertThat(runToEnd(template, Map.of()).summary().state()).isEqualTo(TaskState.COMPLETE);
    }

    @Test
    void bestEffortRunsWhatCanRunBeforeTheTaskEndsInError() throws Exception {
        Template template = template("bad|default_retry_limit: 1", "good", "more <- good");
        tasker.register("bad", handler((task, sequence, step) -> {
            throw new IllegalStateException("boom");
        }));
        tasker.register("good", handler((task, sequence, step) -> null));
        tasker.register("more", handler((task, sequence, step) -> null));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(snapshot.summary().state()).isEqualTo(TaskState.ERROR);
        assertThat(step(snapshot, "more").state()).isEqualTo(StepState.COMPLETE);
    }

    @Test
    void failFastStopsRunningHandlersAndLeavesTheRestPending() throws Exception {
        Template template =
                template(Map.of("failure_policy", "fail_fast"), "bad|default_retry_limit: 1", "good", "more <- good");
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        tasker.register("bad", handler((task, sequence, step) -> {
            running.await(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            throw new IllegalStateException("boom");
        }));
        tasker.register("good", handler((task, sequence, step) -> {
            running.countDown();
            try {
                return new CountDownLatch(1).await(1, TimeUnit.HOURS);
            } catch (InterruptedException problem) {
                interrupted.countDown();
                throw problem;
            }
        }));
        tasker.register("more", handler((task, sequence, step) -> null));

        TaskId task = submit(template, Map.of());
        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.ERROR);
        assertThat(interrupted.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        tasker.close();

        TaskSnapshot snapshot = tasker.task(task);
        assertThat(step(snapshot, "good").state()).isEqualTo(StepState.ERROR);
        assertThat(step(snapshot, "more").state()).isEqualTo(StepState.PENDING);
        assertThat(tasker.stepReadiness(task)).noneMatch(readiness -> readiness.readyForExecution());
    }

    @Test
    void aStepThatOutrunsItsTimeoutIsInterruptedAndFailsRetryably() throws Exception {
        Template template = template("slow|timeout_seconds: 1;default_retry_limit: 1");
        CountDownLatch interrupted = new CountDownLatch(1);
        tasker.register("slow", handler((task, sequence, step) -> {
            try {
                return new CountDownLatch(1).await(1, TimeUnit.HOURS);
            } catch (InterruptedException problem) {
                interrupted.countDown();
                throw problem;
            }
        }));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(interrupted.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(error(snapshot, "slow"))
                .containsEntry("error_code", ErrorCode.STEP_TIMEOUT.name())
                .containsEntry("retryable", true);
    }

    @Test
    void aResultThatIsNotJsonFailsPermanentlyAndNamesThePlace() throws Exception {
        Template template = template("bad" + FAST);
        tasker.register(
                "bad", handler((task, sequence, step) -> Map.of("items", List.of(1, Map.of("price", Double.NaN)))));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        Map<String, Object> error = error(snapshot, "bad");
        assertThat(step(snapshot, "bad").attempts()).isEqualTo(1);
        assertThat(error.get("error_code")).isEqualTo(ErrorCode.RESULT_NOT_JSON.name());
        assertThat(error.get("message")).asString().contains("results.items[1].price");
    }

    @Test
    void aResultOverTheLimitFailsPermanently() throws Exception {
        tasker.close();
        tasker = Tasker.open(DATABASE.dataSource(), config().withResultBytesMax(1_000), List.of());
        Template template = template("big");
        tasker.register("big", handler((task, sequence, step) -> "x".repeat(2_000)));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(error(snapshot, "big")).containsEntry("error_code", ErrorCode.RESULT_TOO_LARGE.name());
    }

    @Test
    void anErrorThatCannotBeStoredAsItIsIsStoredInALegibleForm() throws Exception {
        Template template = template("bad|default_retry_limit: 1");
        tasker.register("bad", handler((task, sequence, step) -> {
            throw new PermanentError("nul \u0000 and half \uD800", null, Map.of("f", Thread.currentThread()));
        }));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(snapshot.summary().state()).isEqualTo(TaskState.ERROR);
        assertThat(((Map<?, ?>) step(snapshot, "bad").error()).get("message")).isEqualTo("nul \\u0000 and half ?");
    }

    @Test
    void anErrorOfAnyKindIsAnOutcomeAndFreesItsSlot() throws Exception {
        Template template = template("bad" + FAST + ";default_retry_limit: 2");
        tasker.register("bad", handler((task, sequence, step) -> {
            throw new java.io.IOError(new java.io.IOException("disk"));
        }));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(step(snapshot, "bad").attempts()).isEqualTo(2);
        assertThat(error(snapshot, "bad")).containsEntry("class", "java.io.IOError");
    }

    @Test
    void aResultThatThrowsWhileItIsReadFailsTheStep() throws Exception {
        Template template = template("bad");
        tasker.register("bad", handler((task, sequence, step) -> new java.util.AbstractList<Object>() {
            @Override
            public Object get(int index) {
                throw new java.util.ConcurrentModificationException("changed");
            }

            @Override
            public int size() {
                return 1;
            }
        }));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(error(snapshot, "bad")).containsEntry("error_code", ErrorCode.RESULT_NOT_JSON.name());
    }

    @Test
    void anAbsurdRetryAfterIsCappedAndTheStepIsRetried() throws Exception {
        Template template = template("busy");
        tasker.register("busy", handler((task, sequence, step) -> {
            throw new RetryableError("busy", Duration.ofDays(40_000), Map.of());
        }));
        TaskId task = submit(template, Map.of());
        CountDownLatch failed = new CountDownLatch(1);
        tasker.events().subscribe(event -> {
            if (event.isAbout(task) && event.name().equals("step.failed")) {
                failed.countDown();
            }
        });
        if (step(tasker.task(task), "busy").state() != StepState.ERROR) {
            assertThat(failed.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }

        StepSnapshot busy = step(tasker.task(task), "busy");
        assertThat(error(tasker.task(task), "busy")).containsEntry("message", "busy");
        assertThat(Duration.between(
                        busy.lastAttemptedAt().orElseThrow(), busy.nextRetryAt().orElseThrow()))
                .isBetween(Duration.ofMinutes(5), Duration.ofMinutes(6));
    }

    @Test
    void anErrorContextOverTheLimitIsLeftOut() throws Exception {
        tasker.close();
        tasker = Tasker.open(DATABASE.dataSource(), config().withResultBytesMax(10_000), List.of());
        Template template = template("bad");
        tasker.register("bad", handler((task, sequence, step) -> {
            throw new PermanentError("too much", null, Map.of("dump", "x".repeat(20_000)));
        }));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(error(snapshot, "bad")).containsEntry("message", "too much");
        assertThat(error(snapshot, "bad").get("context").toString()).contains("not_stored");
    }

    @Test
    void largeResultsOfParentsAreReadWhenTheHandlerAsksForThem() throws Exception {
        Template template = template("big", "small", "join <- big small");
        String noise = new java.util.Random(1)
                .ints(2_000_000, 'a', 'z')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        tasker.register("big", handler((task, sequence, step) -> noise));
        tasker.register("small", handler((task, sequence, step) -> 7));
        tasker.register(
                "join",
                handler((task, sequence, step) -> List.of(
                        sequence.resultsOf("big").equals(noise),
                        sequence.resultsOf("small"),
                        sequence.findStepByName("big").state())));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(step(snapshot, "join").results()).isEqualTo(List.of(true, 7, "complete"));
    }

    @Test
    void theResultsOfAStepThatIsNoAncestorAreRefused() throws Exception {
        Template template = template("one", "two", "three <- one");
        tasker.register("one", handler((task, sequence, step) -> 1));
        tasker.register("two", handler((task, sequence, step) -> 2));
        tasker.register("three", handler((task, sequence, step) -> sequence.resultsOf("two")));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        assertThat(error(snapshot, "three"))
                .containsEntry("error_code", ErrorCode.STEP_NOT_AN_ANCESTOR.name())
                .containsEntry("retryable", false);
    }

    @Test
    void aBypassedStepIsSkippedAndItsChildrenRun() throws Exception {
        Template template = template("one|skippable: true", "two <- one");
        tasker.register("one", handler((task, sequence, step) -> 1));
        tasker.register("two", handler((task, sequence, step) -> 2));
        tasker.start();

        TaskId task = tasker.create(
                tasker.register(template).template(),
                TaskRequest.builder(Map.of()).bypassSteps(Set.of("one")).build());
        tasker.awaitEnd(task, DEADLINE);

        TaskSnapshot snapshot = tasker.task(task);
        assertThat(snapshot.summary().state()).isEqualTo(TaskState.COMPLETE);
        assertThat(trail(snapshot, "one")).containsExactly("pending>skipped");
        assertThat(step(snapshot, "two").state()).isEqualTo(StepState.COMPLETE);
    }

    @Test
    void whatDependsOnBypassedStepsWaitsForWhatTheyWouldHaveWaitedFor() throws Exception {
        Template template =
                template("one", "two <- one|skippable: true", "three <- two|skippable: true", "four <- three");
        tasker.register("one", handler((task, sequence, step) -> 1));
        tasker.register("four", handler((task, sequence, step) -> List.of(sequence.resultsOf("one"))));
        tasker.start();

        TaskId task = tasker.create(
                tasker.register(template).template(),
                TaskRequest.builder(Map.of())
                        .bypassSteps(Set.of("two", "three"))
                        .build());
        tasker.awaitEnd(task, DEADLINE);

        TaskSnapshot snapshot = tasker.task(task);
        assertThat(snapshot.summary().state()).isEqualTo(TaskState.COMPLETE);
        assertThat(step(snapshot, "four").results()).isEqualTo(List.of(1));
    }

    @Test
    void aTaskWhoseStepsAreAllBypassedIsComplete() {
        Template template = template("one|skippable: true");
        TaskId task = tasker.create(
                tasker.register(template).template(),
                TaskRequest.builder(Map.of()).bypassSteps(Set.of("one")).build());

        assertThat(tasker.state(task)).isEqualTo(TaskState.COMPLETE);
    }

    @Test
    void bypassingAStepThatIsNotSkippableIsRefusedAndStoresNothing() {
        Template template = template("one", "two|skippable: true");
        var registered = tasker.register(template).template();
        TaskRequest request =
                TaskRequest.builder(Map.of()).bypassSteps(Set.of("one")).build();

        assertThatThrownBy(() -> tasker.create(registered, request))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("`one`")
                .hasMessageContaining("two");
        assertThat(tasksOf(template)).isEmpty();
    }

    @Test
    void aContextThatViolatesTheSchemaIsRefusedWithEveryViolationAndStoresNothing() {
        Template template = template(
                Map.of(
                        "schema",
                        "{type: object, required: [id], additionalProperties: false,"
                                + " properties: {id: {type: integer}, items: {type: array, items: {type: string}}}}"),
                "one");
        var registered = tasker.register(template).template();
        TaskRequest request =
                TaskRequest.builder(Map.of("items", List.of("a", 2), "more", 1)).build();

        assertThatThrownBy(() -> tasker.create(registered, request))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("/id: is missing")
                .hasMessageContaining("/items/1: ")
                .hasMessageContaining("/more: is not allowed");
        assertThat(tasksOf(template)).isEmpty();
    }

    @Test
    void otherContentUnderTheSameVersionIsRefusedWhileATaskIsUnfinished() {
        Template template = template("one");
        var registered = tasker.register(template).template();
        tasker.create(registered, TaskRequest.builder(Map.of()).build());
        Template changed = new dev.tasker.template.TemplateParser()
                .parse(
                        "name: " + template.key().name()
                                + "\ndefault_runtime: java\nstep_templates: [{name: two, handler_class: x}]",
                        "test");

        assertThatThrownBy(() -> tasker.register(changed))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("1 unfinished");
        assertThat(tasker.template(
                                TemplateReference.parse(template.key().name()).orElseThrow())
                        .template()
                        .steps()
                        .getFirst()
                        .name())
                .isEqualTo("one");
    }

    @Test
    void theHighestVersionIsFoundByNumberAndNotByText() {
        for (String version : List.of("9.0.0", "10.0.0", "2.0.0")) {
            tasker.register(new dev.tasker.template.TemplateParser()
                    .parse(
                            "name: versions\nversion: " + version
                                    + "\ndefault_runtime: java\nstep_templates: [{name: one, handler_class: x}]",
                            "test"));
        }

        assertThat(tasker.template(TemplateReference.parse("versions").orElseThrow())
                        .template()
                        .key()
                        .version())
                .hasToString("10.0.0");
        assertThatThrownBy(() -> tasker.template(
                        TemplateReference.parse("versions@3.0.0").orElseThrow()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("10.0.0");
    }

    @Test
    void anUnknownTaskIsAClearError() {
        assertThatThrownBy(() -> tasker.task(new TaskId(987_654_321)))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("987654321");
    }

    @Test
    void closingGivesAStepBackThatDoesNotFinishInTime() throws Exception {
        tasker.close();
        tasker = Tasker.open(DATABASE.dataSource(), config().withShutdownTimeout(Duration.ofMillis(50)), List.of());
        Template template = template("slow");
        CountDownLatch running = new CountDownLatch(1);
        tasker.register("slow", handler((task, sequence, step) -> {
            running.countDown();
            return new CountDownLatch(1).await(1, TimeUnit.HOURS);
        }));
        TaskId task = submit(template, Map.of());
        assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();

        tasker.close();

        TaskSnapshot snapshot = tasker.task(task);
        assertThat(step(snapshot, "slow").state()).isEqualTo(StepState.PENDING);
        assertThat(step(snapshot, "slow").attempts()).isZero();
        assertThat(snapshot.transitions().getLast().metadata()).containsEntry("reason", "released");
    }

    @Test
    void everyTransitionIsPublishedOnceAndInOrder() throws Exception {
        List<String> published = Collections.synchronizedList(new ArrayList<>());
        tasker.events().subscribe(event -> {
            if (event.fromState() == null) {
                return;
            }
            String step = event.step() == null ? "task" : event.step().name();
            published.add(event.task() + " " + step + ":" + event.fromState() + ">" + event.toState());
        });
        Template template = template("one" + FAST, "two <- one");
        tasker.register("one", handler((task, sequence, step) -> {
            if (step.attempts() == 1) {
                throw new RetryableError("again");
            }
            return null;
        }));
        tasker.register("two", handler((task, sequence, step) -> null));

        TaskSnapshot snapshot = runToEnd(template, Map.of());

        List<String> stored = snapshot.transitions().stream()
                .map(move -> snapshot.summary().id() + " " + move.stepName().orElse("task") + ":" + move.fromState()
                        + ">" + move.toState())
                .toList();
        tasker.close();
        assertThat(published)
                .filteredOn(line -> line.startsWith(snapshot.summary().id() + " "))
                .containsExactlyElementsOf(stored);
    }

    @Test
    void whatFollowsAStepThatRanAloneIsClaimedWithItsCompletionEvenIfItIsMuch() throws Exception {
        List<String> steps = new ArrayList<>(List.of("root"));
        for (int i = 0; i < 50; i++) {
            steps.add("part" + i + " <- root|handler_class: part");
        }
        tasker.register("root", handler((task, sequence, step) -> null));
        tasker.register("part", handler((task, sequence, step) -> null));

        TaskSnapshot snapshot = runToEnd(template(steps.toArray(String[]::new)), Map.of());

        assertThat(snapshot.transitions().stream()
                        .filter(move -> move.stepName().isPresent())
                        .filter(move -> move.stepName().get().equals("root")
                                ? move.toState().equals("complete")
                                : move.toState().equals("in_progress"))
                        .map(TransitionSnapshot::at))
                .hasSize(51)
                .containsOnly(step(snapshot, "root").endedAt().orElseThrow());
    }

    @Test
    void manyTasksRunToTheirEndAtTheSameTime() throws Exception {
        Template template = template("a", "b <- a", "c <- a", "d <- b c");
        for (String name : List.of("a", "b", "c", "d")) {
            tasker.register(name, handler((task, sequence, step) -> Map.of("step", name)));
        }
        var registered = tasker.register(template).template();
        tasker.start();
        List<TaskId> tasks = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            tasks.add(tasker.create(
                    registered, TaskRequest.builder(Map.of("i", i)).build()));
        }

        for (TaskId task : tasks) {
            assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        }
    }

    private TaskSnapshot runToEnd(Template template, Map<String, Object> context) throws InterruptedException {
        TaskId task = submit(template, context);
        assertThat(tasker.awaitEnd(task, DEADLINE).isTerminal()).isTrue();
        return tasker.task(task);
    }

    private TaskId submit(Template template, Map<String, Object> context) {
        tasker.start();
        return tasker.create(
                tasker.register(template).template(),
                TaskRequest.builder(new LinkedHashMap<>(context)).build());
    }

    private List<TaskSnapshot.Summary> tasksOf(Template template) {
        return tasker.tasks(Optional.empty(), Optional.empty(), 1_000).stream()
                .filter(task -> task.name().equals(template.key().name()))
                .toList();
    }

    private static TaskerConfig config() {
        return TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50));
    }

    private static int number(Object map, String key) {
        return ((Number) ((Map<?, ?>) map).get(key)).intValue();
    }

    private static StepSnapshot step(TaskSnapshot snapshot, String name) {
        return snapshot.steps().stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @SuppressWarnings("unchecked") // stored by us as an object
    private static Map<String, Object> error(TaskSnapshot snapshot, String name) {
        return (Map<String, Object>) step(snapshot, name).error();
    }

    private static List<String> trail(TaskSnapshot snapshot, String stepName) {
        return snapshot.transitions().stream()
                .filter(move -> move.stepName().equals(Optional.ofNullable(stepName)))
                .map(move -> move.fromState() + ">" + move.toState())
                .toList();
    }
}
