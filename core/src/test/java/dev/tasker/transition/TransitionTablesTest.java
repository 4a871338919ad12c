package dev.tasker.transition;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TransitionTablesTest {
    private static final Path PAGE = Path.of("..", "docs", "states.md");

    @Test
    void everyPairOfStateAndEventLeadsToAtMostOneState() {
        for (TaskState state : TaskState.values()) {
            for (TaskEvent event : TaskEvent.values()) {
                assertThat(TaskTransitions.TABLE.transitions().stream()
                                .filter(move -> move.from() == state && move.event() == event))
                        .as(state + " on " + event)
                        .hasSizeLessThanOrEqualTo(1);
            }
        }
        for (StepState state : StepState.values()) {
            for (StepEvent event : StepEvent.values()) {
                assertThat(StepTransitions.TABLE.transitions().stream()
                                .filter(move -> move.from() == state && move.event() == event))
                        .as(state + " on " + event)
                        .hasSizeLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    void aStepThatHasEndedWellNeverMovesAgain() {
        for (StepState end :
                Set.of(StepState.COMPLETE, StepState.SKIPPED, StepState.CANCELLED, StepState.RESOLVED_MANUALLY)) {
            for (StepEvent event : StepEvent.values()) {
                assertThat(StepTransitions.TABLE.on(end, event))
                        .as(end + " on " + event)
                        .isEmpty();
            }
        }
    }

    @Test
    void aFailedStepGoesThroughPendingBeforeItRunsAgain() {
        assertThat(StepTransitions.TABLE.allows(StepState.ERROR, StepState.IN_PROGRESS))
                .isFalse();
        assertThat(StepTransitions.TABLE
                        .on(StepState.ERROR, StepEvent.RETRY)
                        .orElseThrow()
                        .to())
                .isEqualTo(StepState.PENDING);
    }

    @Test
    void aFailedTaskCanBeRetriedOrResolvedButNotCancelled() {
        assertThat(Arrays.stream(TaskEvent.values())
                        .filter(event ->
                                TaskTransitions.TABLE.on(TaskState.ERROR, event).isPresent()))
                .containsExactlyInAnyOrder(TaskEvent.RETRY, TaskEvent.RESOLVE);
    }

    @Test
    void thePageOfStatesIsRenderedFromTheTables() throws IOException {
        String rendered = render();
        if (Boolean.getBoolean("tasker.update")) {
            Files.writeString(PAGE, rendered);
        }
        assertThat(PAGE)
                .as("docs/states.md differs from the tables; update it with -Dtasker.update=true")
                .hasContent(rendered);
    }

    private static String render() {
        StringBuilder page = new StringBuilder("# States\n\nRendered from `dev.tasker.transition` by a test. ")
                .append("Current state stands on the row; every change appends one row to a transition table.\n");
        machine(page, "Task", TaskTransitions.TABLE);
        machine(page, "Step", StepTransitions.TABLE);
        return page.append("\nA dependency is satisfied by ")
                .append(Arrays.stream(StepState.values())
                        .filter(StepState::satisfiesDependency)
                        .map(state -> "`" + state.key() + "`")
                        .collect(Collectors.joining(", ")))
                .append(".\n")
                .toString();
    }

    private static <S extends Enum<S>, E extends Enum<E>> void machine(
            StringBuilder page, String name, TransitionTable<S, E> table) {
        List<Transition<S, E>> moves = table.transitions();
        page.append("\n## ").append(name).append("\n\n```mermaid\nstateDiagram-v2\n");
        moves.forEach(move -> page.append("    ")
                .append(key(move.from()))
                .append(" --> ")
                .append(key(move.to()))
                .append(" : ")
                .append(key(move.event()))
                .append('\n'));
        page.append("```\n\n| from | on | to | event | when |\n|---|---|---|---|---|\n");
        moves.forEach(move -> page.append("| ")
                .append(String.join(
                        " | ", key(move.from()), key(move.event()), key(move.to()), move.eventName(), move.condition()))
                .append(" |\n"));
    }

    private static String key(Enum<?> value) {
        return value.name().toLowerCase(java.util.Locale.ROOT);
    }
}
