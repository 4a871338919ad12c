package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.archive.ArchivePlan;
import dev.tasker.archive.Archiver;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.TaskId;
import dev.tasker.query.AnalyticsMetrics;
import dev.tasker.query.AnalyticsMetrics.Durations;
import dev.tasker.query.SlowStep;
import dev.tasker.query.SlowTask;
import dev.tasker.query.SlowestQuery;
import dev.tasker.query.SystemHealthCounts;
import dev.tasker.query.TaskTotal;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The system in numbers, on random data and beside a model in plain Java.
class FiguresTest {
    private static final int TASKS = 150;
    private static final Duration ROUNDING = Duration.ofMillis(1);

    private TestDatabase database;
    private Scene scene;
    private List<TaskSnapshot> tasks;

    @BeforeEach
    void make() {
        database = TestDatabase.create();
        scene = new Scene(database);
        List<TaskId> ids = RandomHistory.seeded(scene, "FiguresTest").make(TASKS);
        tasks = ids.stream().map(scene::task).toList();
    }

    @AfterEach
    void drop() {
        scene.close();
        database.close();
    }

    @Test
    void healthCountsEachTaskAndEachStepOnce() throws Exception {
        SystemHealthCounts all = figures().healthCounts();
        assertHealth(all, tasks);
        assertThat(all.archivedTasks()).isZero();
        assertThat(all.connections().active()).isPositive();
        assertThat(all.connections().max()).isPositive();

        long archived = archiveHalf();
        SystemHealthCounts rest = figures().healthCounts();
        assertHealth(
                rest,
                tasks.stream()
                        .filter(task -> scene.task(task.summary().id())
                                .summary()
                                .archivedAt()
                                .isEmpty())
                        .toList());
        assertThat(rest.archivedTasks()).isEqualTo(archived);
    }

    @Test
    void analyticsAreThoseOfTheTime() throws Exception {
        Instant middle = middle();
        for (int run = 0; run < 2; run++) {
            assertAnalytics(figures().analytics(middle), middle);
            assertAnalytics(figures().analytics(), scene.now().minus(Duration.ofHours(1)));
            assertAnalytics(figures().analytics(Instant.EPOCH), Instant.EPOCH);
            // Archived tasks count like others.
            archiveHalf();
        }
    }

    @Test
    void analyticsOfATimeWithoutAnythingAreEmpty() {
        scene.pass(Duration.ofDays(30));
        AnalyticsMetrics none = figures().analytics();

        assertThat(none.taskDurations()).isEmpty();
        assertThat(none.stepDurations()).isEmpty();
        assertThat(none.completedTasks() + none.failedTasks() + none.createdTasks() + none.completedSteps())
                .isZero();
        assertThat(none.healthScore()).isEqualByComparingTo("1");
        assertThat(none.completionRate()).isEqualByComparingTo("0");
    }

    @Test
    void theSlowestTasksComeFirstWithTheirStepsCountedOnce() throws Exception {
        for (int run = 0; run < 2; run++) {
            for (SlowestQuery query : queries()) {
                assertThat(figures().slowestTasks(query).stream()
                                .map(SlowTask::id)
                                .toList())
                        .isEqualTo(slowestTasks(query).stream()
                                .map(task -> task.summary().id())
                                .toList());
            }
            for (SlowTask slow : figures().slowestTasks(SlowestQuery.since(Instant.EPOCH))) {
                List<StepSnapshot> steps = scene.task(slow.id()).steps();
                assertThat(slow.steps()).isEqualTo(steps.size());
                assertThat(slow.completedSteps())
                        .isEqualTo(steps.stream()
                                .filter(step -> step.state().satisfiesDependency())
                                .count());
                assertThat(slow.errorSteps()).isEqualTo(count(steps, step -> step.state() == StepState.ERROR));
                assertThat(slow.duration()).isEqualTo(Duration.between(slow.createdAt(), slow.endedAt()));
            }
            archiveHalf();
        }
    }

    @Test
    void theSlowestStepsComeFirst() throws Exception {
        for (int run = 0; run < 2; run++) {
            for (SlowestQuery query : queries()) {
                assertThat(figures().slowestSteps(query).stream()
                                .map(SlowStep::id)
                                .toList())
                        .isEqualTo(slowestSteps(query).stream()
                                .map(slow -> slow.step().id())
                                .toList());
            }
            for (SlowStep slow : figures().slowestSteps(SlowestQuery.since(Instant.EPOCH))) {
                assertThat(slow.duration()).isEqualTo(Duration.between(slow.createdAt(), slow.completedAt()));
                assertThat(slow.execution().orElseThrow()).isLessThanOrEqualTo(slow.duration());
            }
            archiveHalf();
        }
    }

    @Test
    void totalsAreThoseOfAllTimeWhateverIsArchived() throws Exception {
        for (int run = 0; run < 2; run++) {
            Map<String, Long> expected = tasks.stream()
                    .collect(Collectors.groupingBy(
                            task -> template(task) + " "
                                    + task.summary().state().key(),
                            Collectors.counting()));
            List<TaskTotal> totals = figures().totals();
            assertThat(totals.stream()
                            .collect(Collectors.toMap(
                                    total -> total.template() + " "
                                            + total.state().key(),
                                    TaskTotal::tasks)))
                    .isEqualTo(expected);
            assertThat(totals)
                    .allSatisfy(total -> assertThat(total.longestDuration()).isEqualTo(longest(total)));
            archiveHalf();
        }
    }

    @Test
    void aLimitThatCannotBeIsRefused() {
        assertThatThrownBy(() ->
                        new SlowestQuery(Optional.empty(), 0, Optional.empty(), Optional.empty(), Optional.empty()))
                .isInstanceOf(InvalidRequestException.class);
    }

    private FigureStore figures() {
        return scene.queries().figures();
    }

    private long archiveHalf() throws InterruptedException {
        Archiver archiver = new Archiver(new ArchiveStore(new Database(scene.source())), _ -> {});
        ArchivePlan plan = new ArchivePlan(middle(), true, 10, 100);
        return archiver.run(plan, _ -> {}).moved().tasks();
    }

    private Instant middle() {
        List<Instant> ends = tasks.stream()
                .flatMap(task -> task.summary().endedAt().stream())
                .sorted()
                .toList();
        return ends.get(ends.size() / 2);
    }

    private List<SlowestQuery> queries() {
        return List.of(
                SlowestQuery.ofLastDay(),
                SlowestQuery.since(middle()),
                new SlowestQuery(
                        Optional.of(Instant.EPOCH), 7, Optional.of("shop"), Optional.empty(), Optional.empty()),
                new SlowestQuery(
                        Optional.of(Instant.EPOCH),
                        1_000,
                        Optional.empty(),
                        Optional.of(tasks.getFirst().summary().name()),
                        Optional.of("0.1.0")),
                new SlowestQuery(
                        Optional.of(Instant.EPOCH), 7, Optional.of("nowhere"), Optional.empty(), Optional.empty()));
    }

    private Instant since(SlowestQuery query) {
        return query.since().orElse(scene.now().minus(Duration.ofHours(24)));
    }

    private boolean isAsked(TaskSnapshot task, SlowestQuery query) {
        return query.namespace().map(task.summary().namespace()::equals).orElse(true)
                && query.name().map(task.summary().name()::equals).orElse(true)
                && query.version().map(task.summary().version()::equals).orElse(true);
    }

    private List<TaskSnapshot> slowestTasks(SlowestQuery query) {
        return tasks.stream()
                .filter(task -> isAsked(task, query) && isEnded(task, since(query)))
                .filter(task -> took(task).isPositive())
                .sorted(Comparator.comparing(FiguresTest::took)
                        .thenComparing(task -> task.summary().id())
                        .reversed())
                .limit(query.limit())
                .toList();
    }

    private List<Done> slowestSteps(SlowestQuery query) {
        return tasks.stream()
                .filter(task -> isAsked(task, query))
                .flatMap(task -> task.steps().stream().map(step -> new Done(task, step)))
                .filter(done -> done.isSince(since(query)) && done.took().isPositive())
                .sorted(Comparator.comparing(Done::took)
                        .thenComparingLong(done -> done.step().id().value())
                        .reversed())
                .limit(query.limit())
                .toList();
    }

    private void assertAnalytics(AnalyticsMetrics metrics, Instant since) {
        List<TaskSnapshot> ended =
                tasks.stream().filter(task -> isEnded(task, since)).toList();
        long complete = ended.stream()
                .filter(task -> task.summary().state() == TaskState.COMPLETE)
                .count();
        assertThat(metrics.completedTasks()).isEqualTo(complete);
        assertThat(metrics.failedTasks()).isEqualTo(ended.size() - complete);
        assertThat(metrics.createdTasks())
                .isEqualTo(tasks.stream()
                        .filter(task -> !task.summary().requestedAt().isBefore(since))
                        .count());
        assertThat(metrics.activeTasks())
                .isEqualTo(tasks.stream()
                        .filter(task -> task.summary().state().isLive())
                        .count());
        assertThat(metrics.completionRate()).isEqualByComparingTo(percent(complete, ended.size()));
        assertThat(metrics.errorRate()).isEqualByComparingTo(percent(ended.size() - complete, ended.size()));
        assertDurations(
                metrics.taskDurations(),
                durations(ended.stream().map(FiguresTest::took).toList()));
        List<Duration> steps = tasks.stream()
                .flatMap(task -> task.steps().stream().map(step -> new Done(task, step)))
                .filter(done -> done.isSince(since))
                .map(done -> Duration.between(
                        done.step().lastAttemptedAt().orElseThrow(),
                        done.step().endedAt().orElseThrow()))
                .toList();
        assertThat(metrics.completedSteps()).isEqualTo(steps.size());
        assertDurations(metrics.stepDurations(), durations(steps));
        assertThat(metrics.since()).isEqualTo(since);
    }

    /** Both sides round a floating-point number to milliseconds; on the edge of one they may go different ways. */
    private static void assertDurations(Optional<Durations> actual, Optional<Durations> expected) {
        assertThat(actual.isPresent()).isEqualTo(expected.isPresent());
        expected.ifPresent(wanted -> {
            Durations found = actual.orElseThrow();
            assertThat(found.average()).isCloseTo(wanted.average(), ROUNDING);
            assertThat(found.p50()).isCloseTo(wanted.p50(), ROUNDING);
            assertThat(found.p95()).isCloseTo(wanted.p95(), ROUNDING);
            assertThat(found.p99()).isCloseTo(wanted.p99(), ROUNDING);
        });
    }

    private static void assertHealth(SystemHealthCounts counts, List<TaskSnapshot> tasks) {
        Map<TaskState, Long> byState = tasks.stream()
                .collect(Collectors.groupingBy(task -> task.summary().state(), Collectors.counting()));
        assertThat(counts.tasks())
                .isEqualTo(new SystemHealthCounts.Tasks(
                        tasks.size(),
                        byState.getOrDefault(TaskState.DRAFT, 0L),
                        byState.getOrDefault(TaskState.PENDING, 0L),
                        byState.getOrDefault(TaskState.IN_PROGRESS, 0L),
                        byState.getOrDefault(TaskState.PAUSED, 0L),
                        byState.getOrDefault(TaskState.COMPLETE, 0L),
                        byState.getOrDefault(TaskState.ERROR, 0L),
                        byState.getOrDefault(TaskState.CANCELLED, 0L),
                        byState.getOrDefault(TaskState.RESOLVED_MANUALLY, 0L)));
        List<StepSnapshot> steps =
                tasks.stream().flatMap(task -> task.steps().stream()).toList();
        long retryable = count(steps, step -> step.nextRetryAt().isPresent());
        SystemHealthCounts.Steps counted = counts.steps();
        assertThat(counted.total()).isEqualTo(steps.size());
        assertThat(counted.pending()).isEqualTo(count(steps, step -> step.state() == StepState.PENDING));
        assertThat(counted.inProgress()).isEqualTo(count(steps, step -> step.state() == StepState.IN_PROGRESS));
        assertThat(counted.complete()).isEqualTo(count(steps, step -> step.state() == StepState.COMPLETE));
        assertThat(counted.error()).isEqualTo(count(steps, step -> step.state() == StepState.ERROR));
        assertThat(counted.cancelled()).isEqualTo(count(steps, step -> step.state() == StepState.CANCELLED));
        assertThat(counted.retryableError()).isEqualTo(retryable);
        assertThat(counted.exhaustedRetries()).isEqualTo(counted.error() - retryable);
        assertThat(counted.inBackoff()).isLessThanOrEqualTo(retryable);
    }

    private Optional<Duration> longest(TaskTotal total) {
        return tasks.stream()
                .filter(task -> template(task).equals(total.template().toString())
                        && task.summary().state() == total.state()
                        && task.summary().endedAt().isPresent())
                .map(FiguresTest::took)
                .max(Comparator.naturalOrder());
    }

    private static Optional<Durations> durations(List<Duration> values) {
        if (values.isEmpty()) {
            return Optional.empty();
        }
        List<Long> sorted = values.stream().map(Duration::toMillis).sorted().toList();
        BigDecimal sum =
                BigDecimal.valueOf(sorted.stream().mapToLong(Long::longValue).sum());
        return Optional.of(new Durations(
                Duration.ofMillis(sum.divide(BigDecimal.valueOf(sorted.size()), 0, RoundingMode.HALF_UP)
                        .longValue()),
                percentile(sorted, 0.5),
                percentile(sorted, 0.95),
                percentile(sorted, 0.99)));
    }

    private static Duration percentile(List<Long> sorted, double fraction) {
        double place = fraction * (sorted.size() - 1);
        long low = sorted.get((int) Math.floor(place));
        long high = sorted.get((int) Math.ceil(place));
        double value = low + (place - Math.floor(place)) * (high - low);
        return Duration.ofMillis(BigDecimal.valueOf(value / 1_000)
                .setScale(3, RoundingMode.HALF_UP)
                .movePointRight(3)
                .longValue());
    }

    private static BigDecimal percent(long part, long whole) {
        return whole == 0
                ? BigDecimal.ZERO
                : BigDecimal.valueOf(part * 100).divide(BigDecimal.valueOf(whole), 2, RoundingMode.HALF_UP);
    }

    private static boolean isEnded(TaskSnapshot task, Instant since) {
        TaskState state = task.summary().state();
        return (state == TaskState.COMPLETE || state == TaskState.ERROR)
                && !task.summary().endedAt().orElseThrow().isBefore(since);
    }

    private static Duration took(TaskSnapshot task) {
        return Duration.between(
                task.summary().requestedAt(), task.summary().endedAt().orElseThrow());
    }

    private static String template(TaskSnapshot task) {
        return task.summary().namespace() + "." + task.summary().name() + "@"
                + task.summary().version();
    }

    private static long count(List<StepSnapshot> steps, Predicate<StepSnapshot> is) {
        return steps.stream().filter(is).count();
    }

    /// A step beside its task, whose creation is the step's.
    private record Done(TaskSnapshot task, StepSnapshot step) {
        boolean isSince(Instant since) {
            return step.state() == StepState.COMPLETE
                    && !step.endedAt().orElseThrow().isBefore(since);
        }

        Duration took() {
            return Duration.between(task.summary().requestedAt(), step.endedAt().orElseThrow());
        }
    }
}
