package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The base classes of handlers, tested on the runtimes that embed them later: CRuby, CPython and Node.
///
/// Where a runtime is missing the test is skipped, and says so; with `CI=true` that is a failure.
class OwnRuntimesTest {
    private static final long SECONDS_MAX = 120;

    @Test
    void theRubyBaseClassPassesItsTestsOnCruby() throws Exception {
        run("bindings-ruby", List.of("ruby"), "-Ilib", "-Itest", "test/tasker_test.rb");
    }

    @Test
    void thePythonBaseClassPassesItsTestsOnCpython() throws Exception {
        // Debian's own first: another Python may stand before it on PATH.
        run(
                "bindings-python",
                List.of("/usr/bin/python3", "python3"),
                "-B",
                "-m",
                "unittest",
                "discover",
                "-s",
                "tests");
    }

    @Test
    void theJavaScriptBaseClassPassesItsTestsOnNode() throws Exception {
        run(
                "bindings-js",
                List.of("node"),
                "--test",
                "test/declaration.test.mjs",
                "test/host.test.mjs",
                "test/readme.test.mjs",
                "test/tasker.test.mjs");
    }

    private static void run(String folder, List<String> programs, String... arguments) throws Exception {
        Optional<String> program =
                programs.stream().filter(OwnRuntimesTest::isInstalled).findFirst();
        if (program.isEmpty()) {
            assertThat(System.getenv("CI"))
                    .as(programs.getLast() + " is missing; .ci/run installs it")
                    .isNotEqualTo("true");
            assumeTrue(false, programs.getLast() + " is not installed: the tests of " + folder + " are skipped");
        }
        List<String> command = new ArrayList<>(List.of(program.orElseThrow()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Path.of("..", folder).toFile())
                .redirectErrorStream(true);
        builder.environment().put("PYTHONPATH", "src");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).as(output).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }

    private static boolean isInstalled(String program) {
        Stream<Path> places = program.startsWith("/")
                ? Stream.of(Path.of(program))
                : Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                        .map(folder -> Path.of(folder, program));
        return places.anyMatch(OwnRuntimesTest::isExecutable);
    }

    private static boolean isExecutable(Path file) {
        try {
            return file.toRealPath().toFile().canExecute();
        } catch (IOException _) {
            return false;
        }
    }
}
