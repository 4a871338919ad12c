package dev.tasker.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.execution.ConcurrencyFormula.Load;
import dev.tasker.execution.ConcurrencyFormula.Pool;
import dev.tasker.execution.ConcurrencyFormula.Pressure;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConcurrencyFormulaTest {
    private static final ConcurrencyFormula FORMULA = ConcurrencyFormula.defaults();
    private static final Load NO_LOAD = new Load(0, 1_000, 0, 1_000);
    private static final Pool IDLE_POOL = new Pool(0, 100);

    @ParameterizedTest(name = "{0} of {1} tasks and {2} of {3} steps: {4}")
    @CsvSource({
        // level = 0.3 x tasks + 0.7 x steps; round((12 - 3) x 0.6 + 3) = 8
        "0, 0, 0, 0, 4", // an empty database counts as one active task of one
        "1, 1000, 1, 1000, 12",
        "100, 100, 0, 1000000, 8", // 0.3 and the one step that is always counted: just above
        "99, 100, 0, 1000000, 12",
        "0, 1000000, 30, 100, 12",
        "0, 1000000, 43, 100, 8",
        "60, 100, 60, 100, 8",
        "61, 100, 60, 100, 4",
        "100, 100, 100, 100, 4",
    })
    void theMoreOfTheDatabaseIsActiveTheFewerStepsRun(
            long activeTasks, long totalTasks, long activeSteps, long totalSteps, int limit) {
        Load load = new Load(activeTasks, totalTasks, activeSteps, totalSteps);

        assertThat(FORMULA.byLoad(load)).isEqualTo(limit);
        assertThat(FORMULA.limit(load, Optional.of(IDLE_POOL))).isEqualTo(limit);
    }

    @ParameterizedTest(name = "{0} of {1} connections busy: {2}, {3}")
    @CsvSource({
        "0, 10, LOW, 8",
        "4, 10, LOW, 4",
        "0, 100, LOW, 12",
        "5, 10, MODERATE, 3",
        "12, 20, MODERATE, 4",
        "50, 100, MODERATE, 12",
        "14, 20, HIGH, 2",
        "70, 100, HIGH, 8",
        "84, 100, HIGH, 4",
        "17, 20, CRITICAL, 1",
        "85, 100, CRITICAL, 3",
        "100, 100, CRITICAL, 0",
        "0, 0, UNKNOWN, 0",
    })
    void theHarderThePoolIsUsedTheFewerStepsRun(int busy, int size, Pressure pressure, int byPool) {
        Pool pool = new Pool(busy, size);

        assertThat(pool.pressure()).isEqualTo(pressure);
        assertThat(FORMULA.byPool(pool)).isEqualTo(byPool);
        assertThat(FORMULA.limit(NO_LOAD, Optional.of(pool))).isEqualTo(Math.max(3, byPool));
    }

    @Test
    void aPoolThatIsNotKnownAllowsTheLeast() {
        assertThat(FORMULA.limit(NO_LOAD, Optional.empty())).isEqualTo(3);
    }

    @Test
    void theLimitStaysWithinItsBounds() {
        ConcurrencyFormula narrow = new ConcurrencyFormula(5, 6);

        assertThat(narrow.limit(NO_LOAD, Optional.of(IDLE_POOL))).isEqualTo(6);
        assertThat(narrow.limit(new Load(1, 1, 1, 1), Optional.of(new Pool(100, 100))))
                .isEqualTo(5);
        assertThatThrownBy(() -> new ConcurrencyFormula(0, 6)).hasMessageContaining("0 to 6");
        assertThatThrownBy(() -> new ConcurrencyFormula(7, 6)).hasMessageContaining("7 to 6");
        assertThatThrownBy(() -> new ConcurrencyFormula.Factors(0.8, 1.1, 0.4)).hasMessageContaining("1.1");
    }

    @Test
    void theFactorsAreTheSharesOfTheFreeConnections() {
        ConcurrencyFormula generous = new ConcurrencyFormula(1, 100, new ConcurrencyFormula.Factors(1, 0.5, 0));

        assertThat(generous.byPool(new ConcurrencyFormula.Pool(0, 10))).isEqualTo(10);
        assertThat(generous.byPool(new ConcurrencyFormula.Pool(10, 20))).isEqualTo(5);
        assertThat(generous.byPool(new ConcurrencyFormula.Pool(15, 20))).isZero();
    }
}
