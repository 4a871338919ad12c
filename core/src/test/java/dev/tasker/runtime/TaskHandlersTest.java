package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.StepDefaults;
import dev.tasker.execution.TaskHandler;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.operation.Operator;
import dev.tasker.operation.TaskAction;
import dev.tasker.registry.Registries;
import dev.tasker.request.Annotation;
import dev.tasker.request.TaskRequest;
import dev.tasker.store.AnnotationStore.StoredAnnotation;
import dev.tasker.store.Database;
import dev.tasker.store.TaskStore;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TaskHandlersTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final List<Tasker> engines = new ArrayList<>();
    private final String hooksClass = "Hooks" + NAMES.incrementAndGet();

    @AfterEach
    void closeEngines() {
        engines.forEach(Tasker::close);
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    /// Hooks of which each test replaces one.
    static class Hooks extends TaskHandler {
        @Override
        protected void establishStepDependenciesAndDefaults(Subject task, List<StepDefaults> steps) throws Exception {
            steps.forEach(step -> adjust(task, step));
        }

        void adjust(Subject task, StepDefaults step) {}
    }

    private Tasker engine(Hooks hooks) {
        Tasker tasker = Tasker.open(
                DATABASE.dataSource(), TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50)), List.of());
        engines.add(tasker);
        tasker.register(hooksClass, _ -> hooks);
        return tasker;
    }

    private Template hooked(String... lines) {
        return template(Map.of("task_handler", "{handler_class: " + hooksClass + "}"), lines);
    }

    private static long tasksOf(Tasker tasker, RegisteredTemplate template) {
        return tasker.tasks(Optional.empty(), Optional.empty(), TaskStore.PAGE_ROWS_MAX).stream()
                .filter(task -> task.name().equals(template.template().key().name()))
                .count();
    }

    private static TaskRequest request(Map<String, @Nullable Object> context) {
        return TaskRequest.builder(context).build();
    }

    @Test
    void theSchemaOfATaskHandlerRefusesAContextBesideTheTemplatesOwn() {
        AtomicInteger asked = new AtomicInteger();
        Tasker tasker = engine(new Hooks() {
            @Override
            protected Optional<Map<String, @Nullable Object>> schema() {
                asked.incrementAndGet();
                return Optional.of(Map.of("required", List.of("order_id")));
            }
        });
        RegisteredTemplate template = tasker.register(hooked("a")).template();

        assertThatThrownBy(() -> tasker.create(template, request(Map.of("other", 1L))))
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.CONTEXT_INVALID))
                .hasMessageContaining("order_id");
        assertThat(tasksOf(tasker, template)).isZero();
        assertThat(tasker.create(template, request(Map.of("order_id", 1L)))).isNotNull();
        assertThat(asked).hasValue(1);
    }

    @Test
    void retryLimitAndInputsOfTheTaskHandlerTakeEffect() throws Exception {
        Tasker tasker = engine(new Hooks() {
            @Override
            void adjust(Subject task, StepDefaults step) {
                if (step.name().equals("first_step")) {
                    step.retryLimit(1)
                            .inputs(Map.of("who", "vip " + task.context().get("who")));
                }
            }
        });
        Template template = hooked("first_step|default_retry_limit: 9", "second_step <- first_step");
        Map<String, Object> inputs = new ConcurrentHashMap<>();
        tasker.register("first_step", handler((_, _, step) -> {
            inputs.put("first", step.inputs());
            throw new IllegalStateException("never works");
        }));
        RegisteredTemplate registered = tasker.register(template).template();
        TaskId task = tasker.create(registered, request(Map.of("who", "ann")));
        tasker.start();

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.ERROR);
        assertThat(inputs).containsEntry("first", Map.of("who", "vip ann"));
        assertThat(tasker.task(task).steps())
                .extracting(StepSnapshot::attempts, StepSnapshot::retryLimit)
                .containsExactly(tuple(1, 1), tuple(0, 3));
    }

    @Test
    void aStepWithoutInputsOfItsOwnHasTheContext() throws Exception {
        Tasker tasker = engine(new Hooks());
        Map<String, Object> inputs = new ConcurrentHashMap<>();
        tasker.register("plain_step", handler((_, _, step) -> inputs.put("seen", step.inputs())));
        TaskId task = tasker.create(tasker.register(hooked("plain_step")).template(), request(Map.of("x", 2L)));
        tasker.start();

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
        assertThat(inputs).containsEntry("seen", Map.of("x", 2));
    }

    @Test
    void anAddedDependencyIsWaitedForAlsoAgainstTheOrderOfTheTemplate() throws Exception {
        Tasker tasker = engine(new Hooks() {
            @Override
            void adjust(Subject task, StepDefaults step) {
                if (step.name().equals("early")) {
                    step.addDependency("late");
                }
            }
        });
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        for (String name : List.of("early", "late", "child")) {
            tasker.register(name, handler((_, _, step) -> order.add(step.name())));
        }
        TaskId task = tasker.create(
                tasker.register(hooked("early", "late", "child <- early")).template(), request(Map.of()));

        assertThat(tasker.task(task).steps())
                .extracting(StepSnapshot::name, StepSnapshot::dependsOn)
                .containsExactly(
                        tuple("late", List.of()), tuple("early", List.of("late")), tuple("child", List.of("early")));
        tasker.start();
        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
        assertThat(order).containsExactly("late", "early", "child");
    }

    @Test
    void anAddedDependencyOnABypassedStepIsMet() throws Exception {
        Tasker tasker = engine(new Hooks() {
            @Override
            void adjust(Subject task, StepDefaults step) {
                if (step.name().equals("waits")) {
                    step.addDependency("passed_over");
                }
            }
        });
        tasker.register("waits", handler((_, _, _) -> "ran"));
        RegisteredTemplate template =
                tasker.register(hooked("passed_over|skippable: true", "waits")).template();
        TaskId task = tasker.create(
                template,
                TaskRequest.builder(Map.of()).bypassSteps(Set.of("passed_over")).build());
        tasker.start();

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
    }

    @Test
    void aCycleOfAddedDependenciesRefusesTheTask() {
        Tasker tasker = engine(new Hooks() {
            @Override
            void adjust(Subject task, StepDefaults step) {
                if (step.name().equals("a")) {
                    step.addDependency("b");
                }
            }
        });
        RegisteredTemplate template = tasker.register(hooked("a", "b <- a")).template();

        assertRefused(tasker, template, "cycle: ");
    }

    @Test
    void dependenciesOnUnknownStepsAndLimitsBeyondTheBoundRefuseTheTask() {
        Tasker tasker = engine(new Hooks() {
            @Override
            void adjust(Subject task, StepDefaults step) {
                if (task.context().containsKey("limit")) {
                    step.retryLimit(1_001);
                } else {
                    step.addDependency("nowhere");
                }
            }
        });
        RegisteredTemplate template = tasker.register(hooked("a")).template();

        assertRefused(tasker, template, "`nowhere`, which is no step");
        assertThatThrownBy(() -> tasker.create(template, request(Map.of("limit", true))))
                .hasMessageContaining("retry_limit of step `a` is not a whole number from 0 to 1000: 1001");
        assertThat(tasksOf(tasker, template)).isZero();
    }

    @Test
    void aHookThatThrowsRefusesTheWholeBatchAndNamesTheRequest() {
        Tasker tasker = engine(new Hooks() {
            @Override
            void adjust(Subject task, StepDefaults step) {
                if (task.context().containsKey("bad")) {
                    throw new IllegalStateException("no such customer");
                }
            }
        });
        RegisteredTemplate template = tasker.register(hooked("a")).template();

        assertThatThrownBy(() -> tasker.create(template, List.of(request(Map.of()), request(Map.of("bad", 1L)))))
                .isInstanceOfSatisfying(InvalidRequestException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.TASK_HANDLER_FAILED);
                    assertThat(problem.details().toString())
                            .contains("index=1", "hook=establish_step_dependencies_and_defaults", "no such customer");
                });
        assertThat(tasksOf(tasker, template)).isZero();
    }

    @Test
    void aHookThatTakesTooLongIsStopped() {
        LoadedHandlers handlers = new LoadedHandlers(
                1, List.of(), new Registries(engine(new Hooks()).events()).handlers());
        CountDownLatch interrupted = new CountDownLatch(1);
        handlers.add(JavaHandlerFactory.of(hooksClass, _ -> new Hooks() {
            @Override
            protected Optional<Map<String, @Nullable Object>> schema() {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException _) {
                    interrupted.countDown();
                }
                return Optional.empty();
            }
        }));
        HookedCreation creation = new HookedCreation(new TaskHooks(handlers, Duration.ofMillis(50)), 1_000);

        assertThatThrownBy(() -> creation.check(hooked("a"), request(Map.of())))
                .hasMessageContaining("the hook `schema`")
                .hasMessageContaining("and was stopped");
        assertThat(awaits(interrupted)).isTrue();
    }

    private static boolean awaits(CountDownLatch latch) {
        try {
            return latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException problem) {
            throw new IllegalStateException(problem);
        }
    }

    @Test
    void aProcessWithoutTheLanguageSaysWhoCanCreateTheTask() {
        Tasker tasker = engine(new Hooks());
        Template template = template(
                Map.of("task_handler", "{runtime: ruby, handler_class: OrderHooks, handler_file: hooks.rb}"), "a");
        RegisteredTemplate registered = tasker.register(template).template();
        TaskCreation elsewhere = new TaskCreation(new TaskStore(new Database(DATABASE.dataSource())));

        for (Creator creator : List.<Creator>of(tasker::create, elsewhere::create)) {
            assertThatThrownBy(() -> creator.create(registered, request(Map.of())))
                    .isInstanceOfSatisfying(
                            HandlerLoadException.class,
                            problem -> assertThat(problem.code()).isEqualTo(ErrorCode.RUNTIME_UNAVAILABLE))
                    .hasMessageContaining(template.key() + " has a task handler in ruby")
                    .hasMessageContaining("tasker run");
        }
    }

    private interface Creator {
        TaskId create(RegisteredTemplate template, TaskRequest request);
    }

    @Test
    void annotationsAreStoredOnceThoughTwoEnginesRun() throws Exception {
        Hooks hooks = new Hooks() {
            @Override
            protected List<Annotation> updateAnnotations(Subject task, Sequence sequence, List<StepOutcome> steps) {
                return List.of(new Annotation(
                        "total",
                        Map.of(
                                "result", String.valueOf(sequence.resultsOf("charge_it")),
                                "state", task.state(),
                                "steps", steps.size())));
            }
        };
        Template template = hooked("charge_it");
        Tasker one = engine(hooks);
        Tasker two = engine(hooks);
        for (Tasker tasker : List.of(one, two)) {
            tasker.register("charge_it", handler((_, _, _) -> 42L));
            tasker.loadHandlers(template, Set.of(HandlerRuntime.JAVA));
            tasker.start();
        }
        RegisteredTemplate registered = one.register(template).template();
        List<TaskId> created = one.create(
                registered,
                IntStream.range(0, 40)
                        .mapToObj(index -> request(Map.of("index", (long) index)))
                        .toList());

        for (TaskId task : created) {
            assertThat(one.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
            awaitAnnotations(one, task, 1);
        }
        engines.forEach(Tasker::close);
        for (TaskId task : created) {
            assertThat(one.annotations().list(task, 0, 10))
                    .extracting(StoredAnnotation::annotation)
                    .containsExactly(new Annotation("total", Map.of("result", "42", "state", "complete", "steps", 1)));
        }
    }

    @Test
    void annotationsOfATaskThatEndedJustBeforeTheEngineIsClosedAreStored() throws Exception {
        Tasker tasker = engine(new Hooks() {
            @Override
            protected List<Annotation> updateAnnotations(Subject task, Sequence sequence, List<StepOutcome> steps) {
                return List.of(new Annotation("end", task.state()));
            }
        });
        tasker.register("quick_step", handler((_, _, _) -> null));
        TaskId task = tasker.create(tasker.register(hooked("quick_step")).template(), request(Map.of()));
        tasker.start();

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
        tasker.close();
        assertThat(tasker.annotations().list(task, 0, 10)).hasSize(1);
    }

    @Test
    void aFailingHookIsCalledAgainAndARetriedTaskIsAnnotatedAtEachEnd() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger runs = new AtomicInteger();
        Tasker tasker = engine(new Hooks() {
            @Override
            protected List<Annotation> updateAnnotations(Subject task, Sequence sequence, List<StepOutcome> steps) {
                if (calls.incrementAndGet() == 1) {
                    throw new IllegalStateException("not yet");
                }
                return List.of(new Annotation("end", task.state()));
            }
        });
        tasker.register("second_time", handler((_, _, _) -> {
            if (runs.incrementAndGet() == 1) {
                throw new IllegalStateException("first time");
            }
            return null;
        }));
        TaskId task = tasker.create(
                tasker.register(hooked("second_time|default_retry_limit: 1")).template(), request(Map.of()));
        tasker.start();

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.ERROR);
        awaitAnnotations(tasker, task, 1);
        tasker.operations().perform(new TaskAction.Retry(true), task, Operator.of("ann"));
        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
        awaitAnnotations(tasker, task, 2);

        assertThat(tasker.annotations().list(task, 0, 10))
                .extracting(note -> note.annotation().value())
                .containsExactly("error", "complete");
        assertThat(calls).hasValue(3);
    }

    private static void awaitAnnotations(Tasker tasker, TaskId task, int count) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (tasker.annotations().list(task, 0, 10).size() < count && System.nanoTime() - deadline < 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(tasker.annotations().list(task, 0, 10)).hasSize(count);
    }

    private static void assertRefused(Tasker tasker, RegisteredTemplate template, String reason) {
        assertThatThrownBy(() -> tasker.create(template, request(Map.of())))
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.TASK_HANDLER_FAILED))
                .hasMessageContaining(reason);
        assertThat(tasksOf(tasker, template)).isZero();
    }
}
