package dev.tasker.server.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.server.output.Streams;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.Details;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.task.TaskSnapshot.Summary;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TaskTreeTest {
    private static final Instant START = Instant.parse("2026-01-02T12:00:00Z");
    private static final Map<String, Object> TIMEOUT = Map.of("class", "TimeoutError", "message", "no answer");

    private static final List<StepSnapshot> STEPS = List.of(
            step(1, "validate", StepState.COMPLETE, 1, List.of(), null),
            step(2, "reserve", StepState.IN_PROGRESS, 1, List.of("validate"), null),
            step(3, "charge", StepState.ERROR, 2, List.of("validate"), TIMEOUT),
            step(4, "order", StepState.PENDING, 0, List.of("reserve", "charge"), null));

    @Test
    void treeShowsStatesAttemptsTimesAndRetries() {
        List<String> lines = TaskTree.render(task(STEPS), START.plusMillis(2_500), 120, 40);

        assertThat(lines)
                .containsExactly(
                        "task 7  shop.order@1.0.0  in_progress  1/4  2.50 s",
                        "✔ validate      python      0.50 s",
                        " ├─ ▶ reserve   python      2.50 s",
                        " └─ ✘ charge    python      attempt 2/3  retry in 1.50 s  TimeoutError: no answer",
                        "    └─ · order  python");
    }

    @Test
    void linesAreCutToTheWidthOfTheTerminal() {
        assertThat(TaskTree.render(task(STEPS), START, 20, 40))
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(20));
    }

    @Test
    void aTreeThatIsTooTallShowsWhatMovesOnly() {
        List<String> lines = TaskTree.render(task(STEPS), START, 120, 4);

        assertThat(lines).hasSize(3);
        assertThat(lines.get(1)).contains("reserve");
        assertThat(lines.get(2)).contains("charge");
    }

    @Test
    void liveTreeIsDrawnAgainInItsPlace() {
        ByteArrayOutputStream terminal = new ByteArrayOutputStream();
        LiveTree tree = new LiveTree(Streams.utf8(terminal), new TerminalSize(80, 24), () -> START);

        tree.show(task(STEPS));
        terminal.reset();
        tree.tick();

        assertThat(terminal.toString(StandardCharsets.UTF_8))
                .startsWith("\u001b[5A\r\u001b[Ktask 7")
                .endsWith("\u001b[J");
    }

    @Test
    void linesTellEachTransitionOnce() {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        TransitionLines view = new TransitionLines(Streams.utf8(stream), ZoneOffset.UTC);

        view.show(task(STEPS));
        view.show(task(STEPS));

        assertThat(stream.toString(StandardCharsets.UTF_8)).isEqualTo("""
                12:00:00.123 task 7 (order) pending -> in_progress
                12:00:00.123 charge in_progress -> error (attempt 2: TimeoutError: no answer; again in 1.50 s)
                """);
    }

    private static StepSnapshot step(
            long id, String name, StepState state, int attempts, List<String> dependsOn, @Nullable Object error) {
        return new StepSnapshot(
                new StepId(id),
                name,
                "python:" + name,
                state,
                attempts,
                3,
                dependsOn,
                state == StepState.ERROR ? Optional.of(START.plusSeconds(4)) : Optional.empty(),
                attempts == 0 ? Optional.empty() : Optional.of(START),
                state == StepState.COMPLETE ? Optional.of(START.plusMillis(500)) : Optional.empty(),
                null,
                error);
    }

    private static TaskSnapshot task(List<StepSnapshot> steps) {
        Summary summary = new Summary(
                new TaskId(7),
                "shop",
                "order",
                "1.0.0",
                TaskState.IN_PROGRESS,
                "ann",
                "web",
                "test",
                List.of(),
                START,
                Optional.of(START),
                Optional.empty(),
                Optional.empty());
        Instant at = START.plusMillis(123);
        return new TaskSnapshot(
                summary,
                new Details(0, Optional.empty(), Optional.empty(), Optional.empty(), "x", Optional.empty(), List.of()),
                Map.of(),
                steps,
                List.of(
                        new TransitionSnapshot(1, Optional.empty(), "pending", "in_progress", at, Map.of()),
                        new TransitionSnapshot(
                                2,
                                Optional.of("charge"),
                                "in_progress",
                                "error",
                                at,
                                Map.of(
                                        "attempt",
                                        2,
                                        "error",
                                        TIMEOUT,
                                        "retries_at",
                                        "2026-01-02T12:00:01.623+00:00"))));
    }
}
