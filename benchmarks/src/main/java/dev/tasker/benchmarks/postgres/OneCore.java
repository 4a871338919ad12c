package dev.tasker.benchmarks.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Keeps the sessions of a server on one core, the last one that they may run on, until it is closed.
///
/// For statements of well below a millisecond that are compared. Most of their time is that of waking a process, which
/// differs between cores by more than what is looked for, and each session stays on its core for minutes.
public final class OneCore implements AutoCloseable {
    private static final Path PROC = Path.of("/proc");
    private static final String ALLOWED = "Cpus_allowed_list:";

    /// The cores of each process before.
    private final Map<Long, String> before;

    private OneCore(Map<Long, String> before) {
        this.before = before;
    }

    /// Keeps all sessions of clients there that are open now. Sessions that are opened later run where they like.
    ///
    /// @return empty where the system has no `taskset`, or does not let it: nothing is changed then
    public static Optional<OneCore> keep(ServerConnection server) {
        Map<Long, String> before = new LinkedHashMap<>();
        OneCore kept = new OneCore(before);
        for (long pid : server.clientProcesses()) {
            Optional<String> cores = cores(pid);
            if (cores.isEmpty()) {
                continue;
            }
            if (!move(pid, last(cores.get()))) {
                kept.close();
                return Optional.empty();
            }
            before.put(pid, cores.get());
        }
        return Optional.of(kept);
    }

    /// The cores that a process may run on, as `taskset` reads them.
    ///
    /// @return empty for one that has ended
    static Optional<String> cores(long pid) {
        try (Stream<String> lines =
                Files.lines(PROC.resolve(String.valueOf(pid)).resolve("status"))) {
            return lines.filter(line -> line.startsWith(ALLOWED))
                    .map(line -> line.substring(ALLOWED.length()).strip())
                    .findFirst();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /// The last one of a list such as `0-3,6`.
    static String last(String cores) {
        return cores.substring(1 + Math.max(cores.lastIndexOf('-'), cores.lastIndexOf(',')));
    }

    private static boolean move(long pid, String cores) {
        try {
            return new ProcessBuilder("taskset", "--cpu-list", "--pid", cores, String.valueOf(pid))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Lets them run where they ran before.
    @Override
    public void close() {
        before.forEach(OneCore::move);
    }
}
