package dev.tasker.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tasker.db.test.TestDatabase;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// The engine inside CRuby, CPython and Node: their own tests, on the library that this build has made.
///
/// Where a runtime or a package is missing the test is skipped, and says so; with `CI=true` that is a failure.
class EmbeddedRuntimesTest {
    private static final long MINUTES_MAX = 8;
    private static final TestDatabase DATABASE = TestDatabase.create();

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void theEngineRunsInRuby() throws Exception {
        List<String> ruby = installed("ruby");
        require(succeeds(ruby, "-rffi", "-e", "0"), "the gem ffi (Debian: ruby-ffi)");
        run("bindings-ruby", ruby, "-Ilib", "-Itest", "test/engine_test.rb");
    }

    @Test
    void theEngineRunsInPython() throws Exception {
        List<String> python = installed("python3");
        run(
                "bindings-python",
                python,
                "-B",
                "-m",
                "unittest",
                "discover",
                "-s",
                "tests/embedded",
                "-p",
                "test_engine.py");
    }

    @Test
    void theEngineRunsInNode() throws Exception {
        List<String> node = installed("node");
        Path packages = Path.of("..", "bindings-js", "node_modules", "koffi");
        if (!Files.isDirectory(packages)) {
            List<String> npm = installed("npm");
            assertThat(start("bindings-js", npm, "install", "--no-save", "--no-audit", "--no-fund", "koffi@^3.3.0"))
                    .as("npm install koffi")
                    .isZero();
        }
        run("bindings-js", node, "--test", "test/engine.test.mjs");
    }

    private static void run(String folder, List<String> program, String... arguments) throws Exception {
        assertThat(start(folder, program, arguments))
                .as("the tests of " + folder + "; their output is above")
                .isZero();
    }

    private static int start(String folder, List<String> program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Path.of("..", folder).toFile())
                .redirectErrorStream(true);
        builder.environment().put("PYTHONPATH", "src");
        builder.environment()
                .put(
                        "TASKER_RUNTIME",
                        Path.of("target", "runtime").toAbsolutePath().toString());
        builder.environment().put("TASKER_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("TASKER_TEST_DATABASE_URL", url());
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)).as(output).isTrue();
        if (process.exitValue() != 0) {
            System.out.println(output);
        }
        // A runner that finds no tests is content.
        assertThat(output).as("tests of " + folder).doesNotContain("Ran 0 tests", "0 runs,", "# tests 0");
        return process.exitValue();
    }

    private static String url() {
        String address = DATABASE.jdbcUrl().substring("jdbc:".length());
        String login = DATABASE.user() + ":" + DATABASE.password() + "@";
        return address.replaceFirst("//", "//" + login).replaceFirst("[?].*$", "");
    }

    private static List<String> installed(String program) {
        Optional<Path> found = Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
        require(found.isPresent(), program);
        return List.of(found.orElseThrow().toString());
    }

    private static boolean succeeds(List<String> program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    }

    private static void require(boolean isThere, String what) {
        if (!isThere) {
            assertThat(System.getenv("CI"))
                    .as(what + " is missing; .ci/run installs it")
                    .isNotEqualTo("true");
            assumeTrue(false, what + " is not installed: these tests are skipped");
        }
    }
}
