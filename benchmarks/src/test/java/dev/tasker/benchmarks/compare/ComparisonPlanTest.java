package dev.tasker.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.benchmarks.round.RoundOrder;
import dev.tasker.benchmarks.system.MeasuredSystem;
import dev.tasker.server.benchmark.Workload;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonPlanTest {
    private static final RoundOrder.Length LENGTH = new RoundOrder.Length(0, 10, 500, 5);

    @Test
    void systemsAreInterleavedAndEachRoundBeginsWithAnother() {
        ComparisonPlan plan = new ComparisonPlan(
                2,
                List.of(Workload.W1),
                List.of(MeasuredSystem.TASKER, MeasuredSystem.DBOS_JAVA, MeasuredSystem.DB_SCHEDULER),
                List.of(32),
                LENGTH);

        assertThat(plan.entries())
                .extracting(ComparisonPlan.Entry::system)
                .containsExactly(
                        MeasuredSystem.TASKER,
                        MeasuredSystem.DBOS_JAVA,
                        MeasuredSystem.DB_SCHEDULER,
                        MeasuredSystem.DBOS_JAVA,
                        MeasuredSystem.DB_SCHEDULER,
                        MeasuredSystem.TASKER);
    }

    @Test
    void onlyTaskerRunsStepsInOtherLanguages() {
        ComparisonPlan plan =
                new ComparisonPlan(1, List.of(Workload.W5), List.of(MeasuredSystem.values()), List.of(1), LENGTH);

        assertThat(plan.entries()).extracting(ComparisonPlan.Entry::system).containsExactly(MeasuredSystem.TASKER);
    }

    @Test
    void burstHasItsOwnNumberOfTasks() {
        ComparisonPlan plan =
                new ComparisonPlan(1, List.of(Workload.W1), List.of(MeasuredSystem.TASKER), List.of(1), LENGTH);

        assertThat(plan.lengthOf(ComparisonPlan.BURST).tasks()).isEqualTo(10_000);
        assertThat(plan.lengthOf(32)).isEqualTo(LENGTH);
    }
}
