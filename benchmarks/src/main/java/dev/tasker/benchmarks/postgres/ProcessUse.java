package dev.tasker.benchmarks.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What processes have used, from `/proc`.
public final class ProcessUse {
    private static final Path PROC = Path.of("/proc");
    /// The unit of times in `/proc`, the same on all Linux systems.
    private static final double TICKS_PER_SECOND = 100;

    private static final double KIB_PER_MIB = 1024;
    // Fields of /proc/<pid>/stat behind the program's name, which may hold blanks.
    private static final int PARENT = 1;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;
    private static final int ENDED_CHILDREN_USER_TIME = 13;
    private static final int ENDED_CHILDREN_SYSTEM_TIME = 14;

    private ProcessUse() {}

    /// CPU seconds of one process.
    public static double cpuSeconds(long pid) {
        return stat(pid)
                .map(fields -> ticks(fields, USER_TIME, SYSTEM_TIME) / TICKS_PER_SECOND)
                .orElse(0.0);
    }

    /// CPU seconds of a process and its children, those that have ended included.
    public static double cpuSecondsOfTree(long pid) {
        double own = stat(pid)
                .map(fields ->
                        ticks(fields, USER_TIME, SYSTEM_TIME, ENDED_CHILDREN_USER_TIME, ENDED_CHILDREN_SYSTEM_TIME)
                                / TICKS_PER_SECOND)
                .orElse(0.0);
        return own + children(pid).mapToDouble(ProcessUse::cpuSeconds).sum();
    }

    /// The memory of a process that is resident now, in MiB.
    public static double residentMib(long pid) {
        try (Stream<String> lines =
                Files.lines(PROC.resolve(String.valueOf(pid)).resolve("status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / KIB_PER_MIB)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Long> children(long pid) {
        try (Stream<Path> processes = Files.list(PROC)) {
            return processes
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("\\d+"))
                    .map(Long::valueOf)
                    .filter(other -> stat(other)
                            .filter(fields -> Long.parseLong(fields.get(PARENT)) == pid)
                            .isPresent())
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double ticks(List<String> fields, int... places) {
        double sum = 0;
        for (int place : places) {
            sum += Long.parseLong(fields.get(place));
        }
        return sum;
    }

    /// Empty for a process that has ended.
    private static Optional<List<String>> stat(long pid) {
        try {
            String line = Files.readString(PROC.resolve(String.valueOf(pid)).resolve("stat"));
            return Optional.of(List.of(line.substring(line.lastIndexOf(')') + 2).split(" ", -1)));
        } catch (IOException _) {
            // It ended before or while it was read.
            return Optional.empty();
        }
    }
}
