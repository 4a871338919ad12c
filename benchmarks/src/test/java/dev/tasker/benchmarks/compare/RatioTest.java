package dev.tasker.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.tasker.benchmarks.Results;
import dev.tasker.benchmarks.round.RoundResult;
import java.util.List;
import org.junit.jupiter.api.Test;

class RatioTest {
    @Test
    void ratioIsTheMedianOfTheRatiosOfEachRound() {
        List<RoundResult> results = List.of(
                Results.of("tasker", 1, 900),
                Results.of("dbos-java", 1, 100),
                Results.of("tasker", 2, 400),
                Results.of("dbos-java", 2, 200),
                Results.of("tasker", 3, 500),
                Results.of("dbos-java", 3, 100));

        assertThat(Ratio.of(results)).singleElement().satisfies(ratio -> {
            assertThat(ratio.peer()).isEqualTo("dbos-java");
            assertThat(ratio.rounds()).isEqualTo(3);
            assertThat(ratio.median()).isEqualTo(5);
            assertThat(ratio.min()).isEqualTo(2);
            assertThat(ratio.max()).isEqualTo(9);
        });
    }

    @Test
    void targetsBindWithThirtyTwoChainsInFlight() {
        List<RoundResult> results = List.of(
                Results.of("tasker", 1, 300),
                Results.of("dbos-java", 1, 100),
                Results.of("db-scheduler", 1, 100),
                Results.of("baseline", 1, 600));

        assertThat(Ratio.of(results))
                .extracting(Ratio::peer, Ratio::target, Ratio::holds, Ratio::binding)
                .containsExactly(
                        tuple("baseline", null, null, false),
                        tuple("db-scheduler", 2.5, true, true),
                        tuple("dbos-java", 4.0, false, true));
    }

    @Test
    void otherWorkloadsHaveNoTarget() {
        List<RoundResult> results = List.of(
                Results.of("tasker", "W2", 32, 1, 300),
                Results.of("dbos-java", "W2", 32, 1, 100),
                Results.of("tasker", "W1", 1, 1, 300));

        assertThat(Ratio.of(results))
                .singleElement()
                .satisfies(ratio -> assertThat(ratio.target()).isNull());
    }

    @Test
    void roundsThatOneSystemLacksAreLeftOut() {
        assertThat(Ratio.of(List.of(Results.of("tasker", 1, 300), Results.of("dbos-java", 2, 100))))
                .isEmpty();
    }
}
