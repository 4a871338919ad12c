package dev.tasker.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/// The reporters and what is made of their lines: nothing that a package's tests do may look like success.
class OwnTestsTest {
    private static final String RUBY = """
            require "minitest/autorun"
            class T < Minitest::Test
              def self.test_order = :alpha
              def test_a = assert(true)
              def test_b = assert_equal(1, 2)
              def test_c = skip("later")
              def test_d = ENV["BREAK"] && exit!(0)
            end
            """;
    private static final String PYTHON = """
            import os, unittest
            class T(unittest.TestCase):
                def test_a(self): pass
                def test_b(self): self.assertEqual(1, 2)
                def test_c(self): self.skipTest("later")
                def test_d(self): os.environ.get("BREAK") and os._exit(0)
            """;
    private static final String NODE = """
            import { test } from "node:test";
            import assert from "node:assert";
            test("a", () => {});
            test("b", () => assert.equal(1, 2));
            test("c", { skip: "later" }, () => {});
            test("d", () => process.env.BREAK && process.exit(0));
            """;

    private final Path folder;

    OwnTestsTest() throws IOException {
        folder = Folders.fresh(OwnTestsTest.class);
    }

    @Test
    void minitest() throws Exception {
        String ruby = Installed.program("ruby", "ruby ruby-minitest");
        Path file = Files.writeString(folder.resolve("t_test.rb"), RUBY);
        check(List.of(ruby, "-r", OwnTests.reporter("minitest_report.rb"), file.toString()));
    }

    @Test
    void unittest() throws Exception {
        String python = Installed.python("python3");
        Files.writeString(folder.resolve("test_t.py"), PYTHON);
        check(List.of(python, OwnTests.reporter("unittest_report.py"), "discover", "-s", folder.toString()));
    }

    @Test
    void node() throws Exception {
        Path file = Files.writeString(folder.resolve("t.test.mjs"), NODE);
        check(List.of(
                Installed.node(),
                "--test",
                "--test-reporter=" + OwnTests.reporter("node_report.mjs"),
                "--test-reporter-destination=" + folder.resolve("report.jsonl"),
                file.toString()));
    }

    private void check(List<String> command) throws IOException, InterruptedException {
        assertThat(outcomes(command, Map.of()))
                .as("a test each, and one that shows the output")
                .containsExactly("passed", "failed", "skipped", "passed", "failed");
        assertThat(outcomes(command, Map.of("BREAK", "1")))
                .as("a process that ends in its last test, with exit code 0")
                .last()
                .isEqualTo("failed");
    }

    private List<String> outcomes(List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        HostProcess.Launch launch = new HostProcess.Launch("OwnTestsTest/run", folder, command, environment);
        List<String> outcomes = new ArrayList<>();
        for (DynamicTest test :
                OwnTests.run(launch, folder.resolve("report.jsonl")).toList()) {
            outcomes.add(
                    switch (catchThrowable(() -> test.getExecutable().execute())) {
                        case null -> "passed";
                        case TestAbortedException _ -> "skipped";
                        case AssertionFailedError _ -> "failed";
                        case Throwable odd -> odd.toString();
                    });
        }
        return outcomes;
    }
}
