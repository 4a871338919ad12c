package dev.tasker.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchmarkCliTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--rounds 0",
                "--rounds many",
                "--workload W6",
                "--workload w1,",
                "--systems temporal",
                "--in-flight 0",
                "--in-flight 10000",
                "--in-flight lots",
                "--seconds 0",
                "--tasks -1",
                "--warm-up-seconds -1",
                "--output /dev/null/results",
                "--data-dir /dev/null/data",
                "targets --rounds 0",
                "growth --sizes 0",
                "growth --sizes 1001",
                "jmh --forks 0",
                "--colour"
            })
    void wrongOptionIsNamedAndEndsWithTwo(String arguments) {
        String[] words = arguments.split(" ");

        assertThat(run(words)).isEqualTo(2);

        String option = words[words.length > 1 ? words.length - 2 : 0];
        assertThat(err.toString()).contains(option);
    }

    @Test
    void helpShowsOptionsAndSubcommands() {
        assertThat(run("--help")).isZero();

        assertThat(out.toString())
                .contains("--in-flight", "--systems", "--rounds", "targets", "growth", "jmh", "benchmarks/run");
    }

    private int run(String... arguments) {
        return BenchmarkCli.commands()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
