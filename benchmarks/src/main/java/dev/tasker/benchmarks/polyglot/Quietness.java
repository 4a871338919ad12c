package dev.tasker.benchmarks.polyglot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/// How busy the machine is with other work, from `/proc`.
final class Quietness {
    /// What a machine that does nothing else stays below.
    private static final double BUSY_CORES_MAX = 0.1;

    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final int IDLE = 3;
    private static final int IO_WAIT = 4;
    /// User, nice, system, idle, waiting for disks, two kinds of interrupts, stolen by other machines.
    private static final int FIELDS = 8;

    private Quietness() {}

    private record Ticks(double idle, double all) {}

    /// Cores that are busy while this process does nothing. Takes two seconds.
    static double busyCores() throws InterruptedException {
        Ticks before = ticks();
        Thread.sleep(LOOK);
        Ticks after = ticks();
        double busy = 1 - (after.idle - before.idle) / (after.all - before.all);
        return busy * Runtime.getRuntime().availableProcessors();
    }

    static boolean isNoisy(double busyCores) {
        return busyCores > BUSY_CORES_MAX;
    }

    private static Ticks ticks() {
        try {
            String line = Files.readAllLines(Path.of("/proc/stat")).getFirst();
            double[] fields = Arrays.stream(line.split(" +"))
                    .skip(1)
                    .limit(FIELDS)
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            return new Ticks(
                    fields[IDLE] + fields[IO_WAIT], Arrays.stream(fields).sum());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
