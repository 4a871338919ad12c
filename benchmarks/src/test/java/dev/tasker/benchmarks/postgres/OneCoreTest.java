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
        String last = String.valueOf(Runtime.getRuntime().availableProcessors() - 1);
        try (BenchmarkServer server = BenchmarkServer.start(FOLDER, BenchmarkServer.Room.FOR_TESTS);
                ServerConnection one = ServerConnection.open(server.address());
                ServerConnection other = ServerConnection.open(server.address())) {
            Map<Long, String> before = cores(one);
            assertThat(before).hasSize(2);

            try (OneCore _ = OneCore.keep(other).orElseThrow()) {
                assertThat(cores(one).values()).containsOnly(last);
            }

            assertThat(cores(one)).isEqualTo(before);
        }
    }

    private static Map<Long, String> cores(ServerConnection server) {
        List<Long> processes = server.clientProcesses();
        return processes.stream()
                .collect(Collectors.toMap(
                        Function.identity(), pid -> OneCore.cores(pid).orElseThrow()));
    }
}
