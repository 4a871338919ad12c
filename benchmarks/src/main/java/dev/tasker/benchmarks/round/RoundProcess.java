package dev.tasker.benchmarks.round;

import dev.tasker.benchmarks.process.ChildProcess;
import dev.tasker.server.benchmark.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Starts the process of a round and waits for its result.
public final class RoundProcess {
    private static final String HOME = "tasker.home";

    private RoundProcess() {}

    /// Runs a round.
    ///
    /// @throws IllegalStateException with what the process wrote, if it failed
    public static RoundResult run(RoundOrder order) throws InterruptedException {
        return new ChildProcess(RoundMain.class, options(order.workload())).run(order, RoundResult.class);
    }

    /// As `tasker worker` has it: guest code is compiled, not interpreted.
    private static List<String> options(Workload workload) {
        Path compiler = Path.of(System.getProperty(HOME, ".")).resolve("server/target/compiler");
        return workload.isJavaOnly() || !Files.isDirectory(compiler)
                ? List.of()
                : List.of("--upgrade-module-path=" + compiler, "-XX:+UnlockExperimentalVMOptions", "-XX:+EnableJVMCI");
    }
}
