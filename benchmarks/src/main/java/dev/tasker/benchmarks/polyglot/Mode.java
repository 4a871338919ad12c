package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.process.GuestCompiler;
import java.util.List;
import java.util.Locale;

/// How a JVM runs guest code. Java's own compiler is at work in both.
enum Mode {
    COMPILED,
    INTERPRETED;

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// For the JVM.
    List<String> options() {
        return this == COMPILED ? GuestCompiler.options() : List.of();
    }
}
