package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.query.BoundedCount;
import dev.tasker.query.Page;
import dev.tasker.query.PageRequest;
import dev.tasker.query.StepQuery;
import dev.tasker.query.StepStatistics;
import dev.tasker.query.StepSummary;
import dev.tasker.query.TaskQuery;
import dev.tasker.query.TransitionQuery;
import dev.tasker.query.TransitionQuery.Subject;
import dev.tasker.query.TransitionStatistics;
import dev.tasker.query.TransitionSummary;
import dev.tasker.readiness.BlockingReason;
import dev.tasker.readiness.Staleness;
import dev.tasker.readiness.StalenessLimits;
import dev.tasker.readiness.StepReadiness;
import dev.tasker.readiness.StepReadinessList;
import dev.tasker.readiness.WorkflowSummary;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.TaskCreation;
import dev.tasker.runtime.Workflows;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot.Summary;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QueriesTest {
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

    private TestDatabase database;
    private Scene scene;

    @BeforeEach
    void open() {
        database = TestDatabase.create();
        scene = new Scene(database);
    }

    @AfterEach
    void close() {
        scene.close();
        database.close();
    }

    @Test
    void pagesFollowEachOtherWithoutGapsWhileTasksAreAdded() {
        Template template = Workflows.template("a");
        List<TaskId> created = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            created.addFirst(scene.create(template));
        }
        List<TaskId> read = new ArrayList<>();

        Page<Summary> page = scene.queries().tasks(TaskQuery.all(), PageRequest.first(3));
        page.rows().forEach(task -> read.add(task.id()));
        while (page.next().isPresent()) {
            scene.create(template);
            page = scene.queries()
                    .tasks(TaskQuery.all(), PageRequest.after(page.next().get(), 3));
            page.rows().forEach(task -> read.add(task.id()));
        }

        assertThat(read).isEqualTo(created);
        assertThat(scene.queries().tasks(TaskQuery.all(), PageRequest.first(9)).next())
                .isEmpty();
    }

    @Test
    void tasksAreFoundByWhereTheyComeFrom() {
        Template template = Workflows.template("a");
        TaskId plain = create(template, request -> request);
        TaskId full = create(
                template,
                request -> request.initiator("alice")
                        .sourceSystem("shop")
                        .tags(List.of("eu", "vip"))
                        .correlationId("order-7")
                        .parentCorrelationId("cart-3")
                        .priority(5));
        TaskId low = create(template, request -> request.priority(-1).tags(List.of("eu")));

        assertThat(ids(query -> query.initiator("alice"))).containsExactly(full);
        assertThat(ids(query -> query.initiator("unknown"))).containsExactly(low, plain);
        assertThat(ids(query -> query.sourceSystem("shop"))).containsExactly(full);
        assertThat(ids(query -> query.tags(List.of("eu")))).containsExactly(low, full);
        assertThat(ids(query -> query.tags(List.of("eu", "vip")))).containsExactly(full);
        assertThat(ids(query -> query.correlationId("order-7"))).containsExactly(full);
        assertThat(ids(query -> query.correlationId(plain + "-hash"))).containsExactly();
        assertThat(ids(query -> query.parentCorrelationId("cart-3"))).containsExactly(full);
        assertThat(ids(query -> query.priorityAtLeast(1))).containsExactly(full);
        assertThat(ids(query -> query.priorityAtMost(0))).containsExactly(low, plain);
        assertThat(ids(query -> query.priorityAtLeast(-1).priorityAtMost(-1))).containsExactly(low);
        assertThat(ids(query -> query.initiator("alice").sourceSystem("office")))
                .isEmpty();
        assertThat(scene.queries()
                        .countTasks(TaskQuery.builder().tags(List.of("eu")).build()))
                .hasToString("2");
    }

    @Test
    void aTaskWithoutCorrelationIdIsFoundByTheOneItWasGiven() throws SQLException {
        TaskId task = create(Workflows.template("a"), request -> request);
        scene.sql("UPDATE tasker.tasks SET identity_hash = 'mine', correlation_id = 'mine'");

        assertThat(ids(query -> query.correlationId("mine"))).containsExactly(task);
    }

    @Test
    void tasksAreFoundByTheirTemplate() {
        Template first = Workflows.template(Map.of("namespace_name", "shop"), "a");
        Template second = Workflows.template(Map.of("version", "2.0.0"), "a");
        TaskId one = scene.create(first);
        TaskId two = scene.create(second);

        assertThat(ids(query -> query.namespace("shop"))).containsExactly(one);
        assertThat(ids(query -> query.namespace("default"))).containsExactly(two);
        assertThat(ids(query -> query.name(first.key().name()))).containsExactly(one);
        assertThat(ids(query -> query.version("2.0.0"))).containsExactly(two);
        assertThat(ids(query -> query.namespace("shop").version("2.0.0"))).isEmpty();
        assertThat(ids(query -> query.namespace("nowhere"))).isEmpty();
        assertThat(scene.queries().countTaskTypes()).isEqualTo(2);
    }

    @Test
    void tasksAreFoundByAnnotationWhetherItsValueIsTextOrNumber() throws SQLException {
        TaskId text = scene.create(Workflows.template("a"));
        TaskId number = scene.create(Workflows.template("a"));
        scene.sql("INSERT INTO tasker.annotation_types (name) VALUES ('note'), ('other')");
        scene.sql("INSERT INTO tasker.task_annotations (task_id, annotation_type_id, annotation) VALUES (" + text
                + ", 1, '{\"customer\": \"42\"}'), (" + number + ", 1, '{\"customer\": 42, \"vip\": true}')");

        assertThat(ids(query -> query.annotation("note", "customer", "42"))).containsExactly(number, text);
        assertThat(ids(query -> query.annotation("note", "vip", "true"))).containsExactly(number);
        assertThat(ids(query -> query.annotation("note", "customer", "43"))).isEmpty();
        assertThat(ids(query -> query.annotation("other", "customer", "42"))).isEmpty();
    }

    @Test
    void tasksAreFoundByStateAndTheTimeOfTheirEnd() {
        TaskId done = scene.create(Workflows.template("good"));
        TaskId failed = scene.create(Workflows.template("bad"));
        scene.pass(Duration.ofMinutes(1));
        scene.record("w", Scene.success(scene.claim("w", 1, "good").getFirst()));
        scene.record("w", Scene.permanent(scene.claim("w", 1, "bad").getFirst()));
        scene.pass(Duration.ofMinutes(1));
        TaskId fresh = scene.create(Workflows.template("idle"));
        Instant minute = START.plusSeconds(60);

        assertThat(ids(query -> query.state(TaskState.COMPLETE))).containsExactly(done);
        assertThat(ids(query -> query.states(List.of(TaskState.ERROR, TaskState.PENDING))))
                .containsExactly(fresh, failed);
        assertThat(ids(TaskQuery.Builder::active)).containsExactly(fresh);
        assertThat(ids(query -> query.completedSince(minute))).containsExactly(done);
        assertThat(ids(query -> query.completedSince(minute.plusMillis(1)))).isEmpty();
        assertThat(ids(query -> query.failedSince(minute))).containsExactly(failed);
        assertThat(ids(query -> query.failedSince(minute.plusMillis(1)))).isEmpty();
        assertThat(ids(query -> query.createdSince(minute))).containsExactly(fresh);
    }

    @Test
    void stepsAreFoundByStateTimeAndHandler() {
        TaskId task = scene.create(Workflows.template("first", "second <- first", "last <- second"));
        scene.record("w", Scene.success(scene.claim("w", 1, "first").getFirst()));
        scene.pass(Duration.ofMinutes(1));
        scene.record("w", Scene.permanent(scene.claim("w", 1, "second").getFirst()));
        TaskId other = scene.create(Workflows.template("first"));
        scene.claim("w", 1, "first");
        Instant minute = START.plusSeconds(60);

        assertThat(steps(StepQuery.Builder::completed)).containsExactly("first");
        assertThat(steps(StepQuery.Builder::failed)).containsExactly("second");
        assertThat(steps(StepQuery.Builder::pending)).containsExactly("last");
        assertThat(steps(StepQuery.Builder::inProgress)).containsExactly("first");
        assertThat(steps(query -> query.states(StepState.PENDING, StepState.ERROR)))
                .containsExactly("last", "second");
        assertThat(steps(query -> query.task(task))).containsExactly("last", "second", "first");
        assertThat(steps(query -> query.completedSince(START))).containsExactly("first");
        assertThat(steps(query -> query.completedSince(minute))).isEmpty();
        assertThat(steps(query -> query.failedSince(minute))).containsExactly("second");
        assertThat(steps(query -> query.failedSince(minute.plusSeconds(1)))).isEmpty();
        assertThat(steps(query -> query.tasksSince(minute))).containsExactly("first");
        assertThat(steps(query -> query.handler(key("first")))).containsExactly("first", "first");
        assertThat(steps(query -> query.handler(key("first")).task(other))).containsExactly("first");
        assertThat(steps(query -> query.handler(key("nobody")))).isEmpty();
        assertThat(scene.queries().stepStatistics(task)).isEqualTo(new StepStatistics(3, 1, 1, 1, Optional.of(START)));
        assertThat(scene.queries().stepStatistics(task).allComplete()).isFalse();
        assertThat(scene.queries().stepStatistics(new TaskId(999)).allComplete())
                .isFalse();
    }

    @Test
    void stepsAreFoundByAHandlerThatTheirTemplateNoLongerHas() throws SQLException {
        scene.create(Workflows.template("old"));
        scene.sql("UPDATE tasker.named_tasks_named_steps SET handler_key = 'java:new'");

        assertThat(steps(query -> query.handler(key("old")))).containsExactly("old");
        assertThat(steps(query -> query.handler(key("new")))).isEmpty();
    }

    @Test
    void transitionsAreFoundByStateMetadataAndTime() {
        TaskId task = scene.create(Workflows.template("a"));
        ClaimedStep claimed = scene.claim("w", 1, "a").getFirst();
        scene.pass(Duration.ofSeconds(30));
        scene.record("w", Scene.retryable(claimed, Duration.ofSeconds(5)));
        scene.pass(Duration.ofSeconds(10));
        scene.record("w", Scene.success(scene.claim("w", 1, "a").getFirst()));

        assertThat(transitions(query -> query))
                .containsExactly(
                        "task 1: in_progress to complete",
                        "step a: in_progress to complete",
                        "step a: pending to in_progress",
                        "step a: error to pending",
                        "step a: in_progress to error",
                        "step a: pending to in_progress",
                        "task 1: pending to in_progress");
        assertThat(transitions(query -> query.toState("complete").ofSteps()))
                .containsExactly("step a: in_progress to complete");
        assertThat(transitions(TransitionQuery.Builder::ofTasks)).hasSize(2);
        assertThat(transitions(query -> query.task(new TaskId(9)))).isEmpty();
        assertThat(transitions(query -> query.step(claimed.step().stepId()))).hasSize(5);
        assertThat(transitions(query -> query.metadata("error"))).containsExactly("step a: in_progress to error");
        assertThat(transitions(query -> query.metadata("reason", "retry"))).containsExactly("step a: error to pending");
        assertThat(transitions(query -> query.metadata("attempt"))).hasSize(5);
        assertThat(transitions(query -> query.metadata("attempt", "2").task(task)))
                .hasSize(3);
        assertThat(transitions(query -> query.metadata("worker", "w").since(START)))
                .hasSize(5);
        assertThat(transitions(query -> query.since(START.plusSeconds(30)).until(START.plusSeconds(40))))
                .containsExactly("step a: in_progress to error");
    }

    @Test
    void aTransitionTellsHowLongTheStateBeforeLasted() {
        TaskId task = scene.create(Workflows.template("a"));
        ClaimedStep claimed = scene.claim("w", 1, "a").getFirst();
        scene.pass(Duration.ofSeconds(30));
        scene.record("w", Scene.permanent(claimed));

        TransitionSummary failure = scene.queries()
                .transitions(
                        TransitionQuery.builder().toState("error").ofSteps().build(), PageRequest.first(5))
                .rows()
                .getFirst();
        assertThat(failure.isError()).isTrue();
        assertThat(failure.isCompletion()).isFalse();
        assertThat(failure.executionDuration()).contains(Duration.ofSeconds(30));
        assertThat(failure.attempt()).contains(1);
        assertThat(scene.queries().transitionStatistics(task))
                .containsExactly(
                        new TransitionStatistics(Subject.TASK, "error", 1, Optional.of(Duration.ofSeconds(30))),
                        new TransitionStatistics(Subject.TASK, "in_progress", 1, Optional.empty()),
                        new TransitionStatistics(Subject.STEP, "error", 1, Optional.of(Duration.ofSeconds(30))),
                        new TransitionStatistics(Subject.STEP, "in_progress", 1, Optional.empty()));
        assertThat(scene.queries().transitionStatistics(START, START.plusSeconds(1)))
                .extracting(TransitionStatistics::toState)
                .containsExactly("in_progress", "in_progress");
    }

    @Test
    void theSummaryOfAWorkflowShowsItsShapeAndWhatHoldsItBack() {
        // The longest path has two edges, though the last step also depends on the first.
        TaskId task = scene.create(Workflows.template("a", "b <- a", "c <- a", "d <- a", "e <- a b c d"));

        WorkflowSummary fresh = scene.queries().workflowSummary(task).orElseThrow();
        assertThat(fresh.shape().maxDependencyDepth()).isEqualTo(2);
        assertThat(fresh.shape().parallelBranches()).isEqualTo(3);
        assertThat(fresh.shape().rootSteps()).containsExactly(step(task, "a"));
        assertThat(fresh.readySteps()).containsExactly(step(task, "a"));
        assertThat(fresh.blockedSteps().values()).hasSize(4).containsOnly(BlockingReason.DEPENDENCIES_NOT_SATISFIED);
        assertThat(fresh.efficiency()).isEqualTo("optimal");
        assertThat(fresh.parallelismPotential()).isEqualTo("sequential_only");

        scene.record("w", Scene.success(scene.claim("w", 1, "a").getFirst()));
        scene.record("w", Scene.retryable(scene.claim("w", 1, "b").getFirst(), Duration.ofMinutes(1)));

        WorkflowSummary later = scene.queries().workflowSummary(task).orElseThrow();
        assertThat(later.efficiency()).isEqualTo("recovering");
        assertThat(later.parallelismPotential()).isEqualTo("moderate_parallelism");
        assertThat(later.blockedSteps())
                .containsExactly(
                        Map.entry(step(task, "b"), BlockingReason.RETRY_NOT_ELIGIBLE),
                        Map.entry(step(task, "e"), BlockingReason.DEPENDENCIES_NOT_SATISFIED));
        assertThat(later.weightedPriority()).isEqualByComparingTo("0.2");
        assertThat(scene.queries().workflowSummary(new TaskId(999))).isEmpty();
    }

    @Test
    void theDatabaseAndJavaGiveTheSameReasons() {
        TaskId task = scene.create(Workflows.template("a", "b", "c|default_retry_limit: 1", "d", "e <- a", "f <- c"));
        scene.record("w", Scene.success(scene.claim("w", 1, "a").getFirst()));
        scene.claim("w", 1, "b");
        scene.record("w", Scene.permanent(scene.claim("w", 1, "c").getFirst()));
        scene.record("w", Scene.retryable(scene.claim("w", 1, "d").getFirst(), Duration.ofMinutes(1)));

        Map<StepId, BlockingReason> reasons =
                scene.queries().workflowSummary(task).orElseThrow().blockedSteps();

        for (StepReadiness step : scene.queries().readiness(task).steps()) {
            assertThat(step.blockingReason(START).filter(reason -> reason != BlockingReason.INVALID_STATE))
                    .as(step.name())
                    .isEqualTo(Optional.ofNullable(reasons.get(step.id())));
        }
        assertThat(reasons).hasSize(3);
    }

    @Test
    void aTaskThatRunsTooLongWithoutATransitionIsStale() {
        TaskId task = scene.create(Workflows.template("a", "b <- a"));
        scene.claim("w", 1, "a");

        assertThat(staleness(task)).isEqualTo("steps_in_process FRESH");
        scene.pass(Duration.ofMinutes(24));
        assertThat(staleness(task)).isEqualTo("steps_in_process WARNING");
        scene.pass(Duration.ofMinutes(6));
        assertThat(staleness(task)).isEqualTo("steps_in_process STALE");
    }

    @Test
    void aTaskThatWaitsForARetryIsStaleByTheLimitOfRetries() {
        TaskId task = scene.create(Workflows.template("a"));
        scene.record("w", Scene.retryable(scene.claim("w", 1, "a").getFirst(), Duration.ofHours(5)));

        scene.pass(Duration.ofMinutes(40));

        assertThat(staleness(task)).isEqualTo("waiting_for_retry STALE");
        StalenessLimits patient = new StalenessLimits(
                Duration.ofHours(2), Duration.ofHours(2), Duration.ofHours(2), Duration.ofHours(10));
        assertThat(scene.queries().workflowSummaries(List.of(task), patient))
                .extracting(WorkflowSummary::staleness)
                .containsExactly(Staleness.FRESH);
    }

    @Test
    void aReadyTaskIsStaleAfterItsLifetimeAndAnEndedOneNever() {
        TaskId ready = scene.create(Workflows.template("idle"));
        TaskId ended = scene.create(Workflows.template("a"));
        scene.record("w", Scene.success(scene.claim("w", 1, "a").getFirst()));

        scene.pass(Duration.ofHours(23));
        assertThat(staleness(ready)).isEqualTo("ready WARNING");
        scene.pass(Duration.ofHours(2));

        assertThat(staleness(ready)).isEqualTo("ready STALE");
        assertThat(staleness(ended)).isEqualTo("ended FRESH");
        assertThat(scene.queries().workflowSummary(ended).orElseThrow().weightedPriority())
                .isEqualByComparingTo("1");
    }

    @Test
    void theExamplesOfTheDocumentationRun() {
        Instant yesterday = START.minusSeconds(86_400);
        TaskId task = create(
                Workflows.template(Map.of("namespace_name", "shop"), "a"), request -> request.tags(List.of("eu")));
        scene.record("w", Scene.permanent(scene.claim("w", 1, "a").getFirst()));

        TaskQuery query = TaskQuery.builder()
                .namespace("shop")
                .failedSince(yesterday)
                .tags(List.of("eu"))
                .build();
        Page<Summary> page = queries().tasks(query, PageRequest.first(50));
        while (page.next().isPresent()) {
            page = queries().tasks(query, PageRequest.after(page.next().get(), 50));
        }
        BoundedCount count = queries().countTasks(query); // 10,000+ where there are more
        assertThat(page.rows()).extracting(Summary::id).containsExactly(task);
        assertThat(count.value()).isEqualTo(1);

        StepQuery failed = StepQuery.builder().failed().failedSince(yesterday).build();
        List<StepSummary> steps =
                queries().steps(failed, PageRequest.first(100)).rows();
        StepStatistics statistics = queries().stepStatistics(task);
        assertThat(steps).hasSize(statistics.failed());

        TransitionQuery retries =
                TransitionQuery.builder().metadata("reason", "retry").build();
        List<TransitionSummary> moves =
                queries().transitions(retries, PageRequest.first(100)).rows();
        List<TransitionStatistics> averages = queries().transitionStatistics(task);
        assertThat(moves).isEmpty();
        assertThat(averages).hasSize(4);

        WorkflowSummary summary = queries().workflowSummary(task).orElseThrow();
        StepReadinessList readiness = queries().readiness(task);
        assertThat(summary.context().failedSteps()).isEqualTo(readiness.failed().size());
    }

    private Queries queries() {
        return scene.queries();
    }

    private String staleness(TaskId task) {
        WorkflowSummary summary = scene.queries().workflowSummary(task).orElseThrow();
        return summary.condition() + " " + summary.staleness();
    }

    private StepId step(TaskId task, String name) {
        return scene.step(task, name).id();
    }

    private static HandlerKey key(String name) {
        return new HandlerKey(HandlerRuntime.JAVA, name);
    }

    private TaskId create(Template template, UnaryOperator<TaskRequest.Builder> request) {
        Database store = new Database(scene.source());
        RegisteredTemplate registered =
                new TemplateStore(store).register(template).template();
        TaskRequest built = request.apply(TaskRequest.builder(Map.of())).build();
        return new TaskCreation(new TaskStore(store)).create(registered, built);
    }

    private List<TaskId> ids(UnaryOperator<TaskQuery.Builder> query) {
        TaskQuery built = query.apply(TaskQuery.builder()).build();
        List<TaskId> ids = scene.queries().taskIds(built, 100);
        assertThat(scene.queries().tasks(built, PageRequest.first(100)).rows())
                .extracting(Summary::id)
                .isEqualTo(ids);
        return ids;
    }

    private List<String> steps(UnaryOperator<StepQuery.Builder> query) {
        return scene.queries().steps(query.apply(StepQuery.builder()).build(), PageRequest.first(100)).rows().stream()
                .map(StepSummary::name)
                .toList();
    }

    private List<String> transitions(UnaryOperator<TransitionQuery.Builder> query) {
        return scene
                .queries()
                .transitions(query.apply(TransitionQuery.builder()).build(), PageRequest.first(100))
                .rows()
                .stream()
                .map(TransitionSummary::description)
                .toList();
    }
}
