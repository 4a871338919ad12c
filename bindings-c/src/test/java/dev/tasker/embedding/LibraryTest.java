package dev.tasker.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What C programs do with the library, right and wrong; one process each, see `src/test/c/checks.c`.
///
/// All of it twice: with the library as it is built, and with both sides under the sanitizers of the compiler.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LibraryTest {
    private static final boolean IS_SOAK = Integer.getInteger("tasker.soak.seconds") != null;
    private static final Map<String, String> OPTIONS = Map.of(
            // The JVM lives on SIGSEGV, and leaves memory behind that the sanitizer cannot follow.
            "ASAN_OPTIONS", "handle_segv=0:allow_user_segv_handler=1:detect_leaks=0",
            "UBSAN_OPTIONS", "print_stacktrace=1");

    private CProgram plain;
    private CProgram sanitized;

    @BeforeAll
    void compile(@TempDir Path folder) {
        String checks = CProgram.TEST_SOURCES.resolve("checks.c").toString();
        plain = CProgram.compile(
                folder.resolve("checks"),
                "-O2",
                checks,
                CProgram.RUNTIME.resolve("libtasker.so").toString(),
                "-Wl,-rpath," + CProgram.RUNTIME);
        // One program of both: functions and structs are shared by the header only.
        sanitized = CProgram.compile(
                folder.resolve("checks-sanitized"),
                "-O1",
                "-fsanitize=address,undefined",
                "-fno-sanitize-recover=undefined",
                "-fno-omit-frame-pointer",
                checks,
                CProgram.SOURCES.resolve("tasker.c").toString(),
                CProgram.SOURCES.resolve("jvm.c").toString(),
                "-ldl");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "start",
                "bad_option",
                "pull",
                "cancel",
                "callback",
                "forgotten",
                "second_caller",
                "wake_fd",
                "http",
                "drain",
                "close_in_callback",
                "close_in_flight",
                "close_during_callback",
                "threads",
                "fork",
                "signals",
                "big",
                "cycles",
                "fuzz"
            })
    void programsGetWhatTheHeaderPromises(String check) {
        expectGood(plain, check, number(check, IS_SOAK ? 1_000 : 100));
        expectGood(sanitized, check, number(check, IS_SOAK ? 200 : 20));
    }

    /// How many cycles, rounds or calls.
    private static int number(String check, int cycles) {
        return switch (check) {
            case "fuzz" -> IS_SOAK ? 200_000 : 3_000;
            case "close_in_flight" -> IS_SOAK ? 100 : 5;
            default -> cycles;
        };
    }

    private void expectGood(CProgram program, String check, int number) {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        List<String> words = new ArrayList<>(List.of(check, Integer.toString(number), Long.toString(seed)));
        System.out.println("LibraryTest " + words + " (repeat with -Dtasker.seed=" + seed + ")");
        // Of its own: what one check leaves unfinished would come to the next one as work.
        try (TestDatabase database = TestDatabase.create()) {
            Map<String, String> environment = new HashMap<>(OPTIONS);
            environment.put("TASKER_TEST_CONFIG", CProgram.config(database));
            CProgram.Run run = program.run(environment, words.toArray(String[]::new));
            assertThat(run.output()).as("%s", words).endsWith(check + ": as it should be\n");
            assertThat(run.exitCode()).as("%s: %s", words, run.output()).isZero();
        }
    }
}
