package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What calls, reloads and cancelled attempts leave behind: nothing that grows.
///
/// The heap is measured after collections, resident memory as Linux counts it (`VmRSS` in `/proc/self/status`), once
/// the JVM has given back what the collections have freed. Both are compared with what they were after a warm-up of
/// the same kind.
class LeakTest {
    private static final int IN_FLIGHT = 16;
    private static final Duration SOAK = Duration.ofSeconds(Long.getLong("tasker.soak.seconds", 60));

    private static GuestFixture guests(HandlerRuntime runtime, int contexts) {
        GuestFixture guests = new GuestFixture(
                PolyglotConfig.builder().contextsMax(runtime, contexts).build());
        guests.host(runtime).load(new HandlerSource(named(runtime), GuestFixture.runs(runtime)));
        return guests;
    }

    private static HandlerKey named(HandlerRuntime runtime) {
        return new HandlerKey(runtime, "Fine");
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT,10000,10", "PYTHON,3000,4", "RUBY,3000,3"})
    void callsAndReloadsLeaveNothing(HandlerRuntime runtime, int calls, int reloads) {
        measure(runtime, calls, reloads);
    }

    @ParameterizedTest
    @Tag("soak")
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void manyReloadsLeaveNothing(HandlerRuntime runtime) {
        measure(runtime, 10_000, 200);
    }

    private static void measure(HandlerRuntime runtime, int calls, int reloads) {
        try (GuestFixture guests = guests(runtime, 2)) {
            call(guests, runtime, calls);
            reload(guests, runtime, 2);
            Usage before = Usage.now();
            call(guests, runtime, calls);
            reload(guests, runtime, reloads);
            Usage after = Usage.now();

            System.out.println(
                    runtime + ", " + calls + " calls and " + reloads + " reloads: " + before + " -> " + after);
            // A context takes some 1 to 30 MiB: a few that are kept would be seen.
            assertThat(after.heapMebibytes()).isLessThan(before.heapMebibytes() + 40);
            // Of each context natives keep some, which comes and goes with collections.
            assertThat((double) after.residentMebibytes()).isLessThan(1.25 * before.residentMebibytes() + 100);
            assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 2);
        }
    }

    private static void reload(GuestFixture guests, HandlerRuntime runtime, int times) {
        for (int number = 0; number < times; number++) {
            guests.host(runtime).reload();
            call(guests, runtime, 1);
        }
    }

    private static void call(GuestFixture guests, HandlerRuntime runtime, int times) {
        Deque<GuestFixture.Started> running = new ArrayDeque<>();
        for (int number = 0; number < times; number++) {
            if (running.size() == IN_FLIGHT) {
                check(running.remove());
            }
            running.add(guests.started(runtime, GuestFixture.attempt(named(runtime), Map.of("number", (long) number))));
        }
        running.forEach(LeakTest::check);
    }

    private static void check(GuestFixture.Started started) {
        assertThat(started.result()).isEqualTo(new StepResult.Success("fine"));
    }

    /// Four contexts of each language at full speed, side by side: resident memory at the end is what it was after
    /// three
    /// tenths of the time.
    @Test
    @Tag("soak")
    void residentMemoryIsFlatAtFullSpeed() {
        try (GuestFixture guests = new GuestFixture(PolyglotConfig.builder()
                .contextsMax(HandlerRuntime.JAVASCRIPT, 4)
                .contextsMax(HandlerRuntime.PYTHON, 4)
                .contextsMax(HandlerRuntime.RUBY, 4)
                .build())) {
            GuestFixture.RUNTIMES.forEach(runtime -> guests.host(runtime)
                    .load(new HandlerSource(new HandlerKey(runtime, "Doubled"), GuestFixture.runs(runtime))));
            long begin = System.nanoTime();
            String early = callAllUntil(guests, begin + SOAK.toNanos() * 3 / 10);
            Usage before = Usage.now();
            String late = callAllUntil(guests, begin + SOAK.toNanos());
            Usage after = Usage.now();

            System.out.println(early + " calls, then " + late + " in " + SOAK.toSeconds() + " s in all: " + before
                    + " -> " + after);
            assertThat((double) after.residentMebibytes()).isLessThanOrEqualTo(1.1 * before.residentMebibytes());
            assertThat(GuestFixture.RUNTIMES)
                    .allSatisfy(runtime ->
                            assertThat(guests.host(runtime).contexts()).isEqualTo(4));
        }
    }

    private static String callAllUntil(GuestFixture guests, long endNanos) {
        Map<HandlerRuntime, CompletableFuture<Long>> calls = new EnumMap<>(HandlerRuntime.class);
        GuestFixture.RUNTIMES.forEach(runtime -> calls.put(
                runtime,
                CompletableFuture.supplyAsync(() -> callUntil(guests, runtime, endNanos), Thread.ofPlatform()::start)));
        return calls.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue().join())
                .collect(Collectors.joining(", "));
    }

    private static long callUntil(GuestFixture guests, HandlerRuntime runtime, long endNanos) {
        Deque<Doubling> running = new ArrayDeque<>();
        long calls = 0;
        while (System.nanoTime() < endNanos) {
            if (running.size() == IN_FLIGHT) {
                running.remove().check();
            }
            running.add(Doubling.start(guests, runtime, calls++));
        }
        running.forEach(Doubling::check);
        return calls;
    }

    private record Doubling(long number, GuestFixture.Started started) {
        static Doubling start(GuestFixture guests, HandlerRuntime runtime, long number) {
            HandlerKey key = new HandlerKey(runtime, "Doubled");
            return new Doubling(number, guests.started(runtime, GuestFixture.attempt(key, Map.of("number", number))));
        }

        void check() {
            assertThat(started.result()).isEqualTo(new StepResult.Success(2 * number));
        }
    }

    private static final Duration SETTLE_MAX = Duration.ofSeconds(30);
    private static final Duration SETTLE_LOOK = Duration.ofMillis(500);

    private record Usage(long heapMebibytes, long residentMebibytes, int threads) {
        static Usage now() {
            long least = Long.MAX_VALUE;
            // References are cleared in several rounds.
            for (int round = 0; round < 4; round++) {
                System.gc();
                Runtime runtime = Runtime.getRuntime();
                least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
            }
            long resident = settled();
            return new Usage(
                    least >> 20, resident, ManagementFactory.getThreadMXBean().getThreadCount());
        }

        /// The collector gives memory back in the background, after it has collected.
        private static long settled() {
            long deadline = System.nanoTime() + SETTLE_MAX.toNanos();
            long before = Long.MAX_VALUE;
            long now = resident();
            while (now < before && System.nanoTime() < deadline) {
                LockSupport.parkNanos(SETTLE_LOOK.toNanos());
                before = now;
                now = resident();
            }
            return now;
        }

        private static long resident() {
            try {
                return Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
                        .findFirst()
                        .orElse(0);
            } catch (IOException noLinux) {
                throw new UncheckedIOException(noLinux);
            }
        }
    }
}
