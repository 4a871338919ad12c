package dev.tasker.server.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class WorkloadTest {
    @Test
    void shapesAreThoseThatAreComparedElsewhere() {
        assertThat(Workload.W1.shape().parents())
                .containsExactly(List.of(), List.of(0), List.of(1), List.of(2), List.of(3), List.of(4));
        assertThat(Workload.W2.shape().parents()).containsExactly(List.of(), List.of(0), List.of(0), List.of(1, 2));
        assertThat(Workload.W3.shape().size()).isEqualTo(52);
        assertThat(Workload.W3.shape().children(0)).hasSize(50);
        assertThat(Workload.W3.shape().children(7)).containsExactly(51);
    }

    @Test
    void templateOfEveryJavaWorkloadIsGood() {
        for (Workload workload : List.of(Workload.W1, Workload.W2, Workload.W3, Workload.W4)) {
            assertThat(BenchmarkTemplate.of(workload).steps())
                    .hasSize(workload.shape().size());
        }
    }

    @Test
    void fivePercentOfFirstAttemptsFail() {
        long failing = LongStream.range(0, 20_000)
                .filter(task -> Workload.W4.failsAtFirst(task, (int) (task % 6)))
                .count();

        assertThat(failing).isCloseTo(1_000, Offset.offset(150L));
        assertThat(Workload.W1.failsAtFirst(1, 1)).isFalse();
    }

    @Test
    void resultHasAtLeast32Bytes() {
        assertThat(Json.write(NoOp.RESULT)).isEqualTo(NoOp.RESULT_JSON);
        assertThat(NoOp.RESULT_JSON.getBytes(StandardCharsets.UTF_8)).hasSizeGreaterThanOrEqualTo(32);
    }
}
