package dev.tasker.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A C program that was compiled for a test.
record CProgram(Path file) {
    static final Path SOURCES = Path.of("src/main/c").toAbsolutePath();
    static final Path TEST_SOURCES = Path.of("src/test/c").toAbsolutePath();
    static final Path RUNTIME = Path.of("target/runtime").toAbsolutePath();
    static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

    private static final long RUN_SECONDS_MAX = 600;

    /// What a run came to.
    record Run(int exitCode, String output) {}

    /// Compiles a program; the test is skipped where there is no compiler, and fails there with `CI=true`.
    static CProgram compile(Path program, String... arguments) {
        String compiler = compiler();
        List<String> command = new ArrayList<>(
                List.of(compiler, "-std=c11", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", "-I" + SOURCES));
        command.add("-I" + JAVA_HOME.resolve("include"));
        command.add("-I" + JAVA_HOME.resolve("include/linux"));
        command.addAll(List.of("-o", program.toString()));
        command.addAll(Arrays.asList(arguments));
        Run run = run(new ProcessBuilder(command));
        assertThat(run.exitCode()).as("%s%n%s", command, run.output()).isZero();
        return new CProgram(program);
    }

    private static String compiler() {
        String named = System.getenv("CC");
        for (String name : named == null ? List.of("gcc", "clang", "cc") : List.of(named)) {
            try {
                if (run(new ProcessBuilder(name, "--version")).exitCode() == 0) {
                    return name;
                }
            } catch (UncheckedIOException absent) {
                // The next one, then.
            }
        }
        String message = "there is no C compiler: libtasker is not tested; install gcc and libc6-dev";
        assertThat(System.getenv("CI")).as(message).isNotEqualTo("true");
        assumeTrue(false, message);
        throw new IllegalStateException("unreachable");
    }

    /// Runs it against a runtime folder and, where it needs one, a database.
    Run run(Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of(file.toString()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("TASKER_JAVA_HOME");
        builder.environment().put("JAVA_HOME", JAVA_HOME.toString());
        builder.environment().put("TASKER_RUNTIME", RUNTIME.toString());
        builder.environment().putAll(environment);
        return run(builder);
    }

    /// The config of an engine on a database.
    static String config(TestDatabase database) {
        return Json.write(Map.of("database_url", url(database), "runtime", "python"));
    }

    static String url(TestDatabase database) {
        String url = database.jdbcUrl();
        return url + (url.contains("?") ? "&" : "?") + "user=" + database.user() + "&password=" + database.password();
    }

    private static Run run(ProcessBuilder builder) {
        try {
            Path output = Files.createTempFile("tasker-c-", ".log");
            try {
                Process process = builder.redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                if (!process.waitFor(RUN_SECONDS_MAX, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                    return new Run(-1, "killed after " + RUN_SECONDS_MAX + " s\n" + text(output));
                }
                return new Run(process.exitValue(), text(output));
            } finally {
                Files.delete(output);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
