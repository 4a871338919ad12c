package dev.tasker.benchmarks.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OneCoreTest {
    private static final Path FOLDER = Path.of(System.getProperty("java.io.tmpdir"));

    @Test
    void sessionsAreKeptOnTheLastCoreAndThenRunWhereTheyRanBefore() {
        try (BenchmarkServer server = BenchmarkServer.start(FOLDER, BenchmarkServer.Room.FOR_TESTS);
                ServerConnection one = ServerConnection.open(server.address());
                ServerConnection other = ServerConnection.open(server.address())) {
            Map<Long, String> before = cores(one);
            assertThat(before).hasSize(2);

            try (OneCore _ = OneCore.keep(other).orElseThrow()) {
                assertThat(cores(one).values())
                        .containsOnly(OneCore.last(before.values().iterator().next()));
            }

            assertThat(cores(one)).isEqualTo(before);
        }
    }

    @Test
    void lastCoreIsTheLastOfAList() {
        assertThat(List.of("0-1", "0-3,6", "5", "2,4-7")).map(OneCore::last).containsExactly("1", "6", "5", "7");
    }

    private static Map<Long, String> cores(ServerConnection server) {
        List<Long> processes = server.clientProcesses();
        return processes.stream()
                .collect(Collectors.toMap(
                        Function.identity(), pid -> OneCore.cores(pid).orElseThrow()));
    }
}
