package dev.tasker.benchmarks.polyglot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The usual runtime of a language, as a program on this machine.
enum PipeRuntime {
    NODE("javascript", "node", "mjs"),
    CPYTHON("python", "python3", "py"),
    CRUBY("ruby", "ruby", "rb");

    private final String language;
    private final String program;
    private final String suffix;

    PipeRuntime(String language, String program, String suffix) {
        this.language = language;
        this.program = program;
        this.suffix = suffix;
    }

    String language() {
        return language;
    }

    String program() {
        return program;
    }

    String suffix() {
        return suffix;
    }

    /// What it says of itself; empty where it is not installed.
    Optional<String> version() {
        try {
            Process process = new ProcessBuilder(program, "--version")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? said.lines().findFirst() : Optional.empty();
        } catch (IOException _) {
            // There is no such program.
            return Optional.empty();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
