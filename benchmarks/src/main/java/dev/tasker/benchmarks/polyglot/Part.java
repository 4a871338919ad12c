package dev.tasker.benchmarks.polyglot;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What can be measured alone.
enum Part {
    CALLS,
    PIPE,
    STARTUP,
    MEMORY,
    THROUGHPUT;

    /// Its name in options.
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    static List<String> keys() {
        return Arrays.stream(values()).map(Part::key).toList();
    }

    static Optional<Part> named(String key) {
        return Arrays.stream(values()).filter(part -> part.key().equals(key)).findFirst();
    }
}
