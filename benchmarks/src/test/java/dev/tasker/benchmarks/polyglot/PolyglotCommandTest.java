package dev.tasker.benchmarks.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolyglotCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--only speed",
                "--only calls,",
                "--rounds 0",
                "--rounds many",
                "--call-warm-up-seconds -1",
                "--warm-up-seconds -1",
                "--seconds 0",
                "--data-dir /dev/null/data",
                "--colour"
            })
    void wrongOptionIsNamedAndEndsWithTwo(String arguments) {
        String[] words = arguments.split(" ");

        assertThat(run(words)).isEqualTo(2);

        assertThat(err.toString()).contains(words[0]);
    }

    @Test
    void helpShowsOptionsPartsAndExamples() {
        assertThat(run("--help")).isZero();

        assertThat(out.toString())
                .contains("--only", "--rounds", "--output", "Exit codes", "Examples:", "benchmarks/polyglot --only")
                .contains(Part.keys());
    }

    private int run(String... arguments) {
        return PolyglotCommand.command()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
