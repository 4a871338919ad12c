package dev.tasker.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The C side leaves no memory behind, and no two of its threads touch the same at once.
///
/// The sanitizers that see this cannot follow a JVM. So it runs on one that is none: `src/test/c/fake_jvm.c`.
class MemoryTest {
    private static final String ROUNDS = Integer.getInteger("tasker.soak.seconds") == null ? "3" : "100";

    @TempDir
    private Path folder;

    @Test
    void allThatTheLibraryAllocatesIsFreed() throws IOException {
        CProgram program = compile("address,leak,undefined");

        expectGood(run(program, ROUNDS));
        // Or the sanitizer would see nothing at all.
        assertThat(run(program, "1", "leak").output()).contains("LeakSanitizer: detected memory leaks");
    }

    @Test
    void threadsDoNotRace() throws IOException {
        CProgram program = compile("thread");

        expectGood(run(program, ROUNDS));
        assertThat(run(program, "1", "race").output()).contains("ThreadSanitizer: data race");
    }

    private static void expectGood(CProgram.Run run) {
        assertThat(run.output()).isEqualTo("as it should be\n");
        assertThat(run.exitCode()).isZero();
    }

    private CProgram compile(String sanitizers) throws IOException {
        String sanitize = "-fsanitize=" + sanitizers;
        Path jvm = Files.createDirectories(folder.resolve("jvm/lib/server"));
        CProgram.compile(
                jvm.resolve("libjvm.so"),
                "-O1",
                "-fPIC",
                "-shared",
                sanitize,
                CProgram.TEST_SOURCES.resolve("fake_jvm.c").toString());
        Path jars = Files.createDirectories(folder.resolve("lib"));
        Files.write(jars.resolve("none.jar"), new byte[0]);
        return CProgram.compile(
                folder.resolve("memory"),
                "-O1",
                sanitize,
                CProgram.TEST_SOURCES.resolve("memory.c").toString(),
                CProgram.SOURCES.resolve("tasker.c").toString(),
                CProgram.SOURCES.resolve("jvm.c").toString(),
                "-ldl");
    }

    private CProgram.Run run(CProgram program, String... arguments) {
        return program.run(
                Map.of("TASKER_RUNTIME", folder.toString(), "TSAN_OPTIONS", "report_thread_leaks=0"), arguments);
    }
}
