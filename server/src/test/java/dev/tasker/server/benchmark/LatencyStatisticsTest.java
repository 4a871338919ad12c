package dev.tasker.server.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatencyStatisticsTest {
    @Test
    void percentilesAreValuesThatWereMeasured() {
        long[] nanos =
                LongStream.rangeClosed(1, 200).map(i -> (201 - i) * 1_000_000).toArray();

        assertThat(LatencyStatistics.of(nanos)).isEqualTo(new LatencyStatistics(100, 198, 200));
    }

    @Test
    void oneValueIsAllPercentiles() {
        assertThat(LatencyStatistics.of(new long[] {2_500_000})).isEqualTo(new LatencyStatistics(2.5, 2.5, 2.5));
    }

    @Test
    void nothingHasNoStatistics() {
        assertThatIllegalArgumentException().isThrownBy(() -> LatencyStatistics.of(new long[0]));
    }
}
