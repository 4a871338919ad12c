package dev.tasker.testing.database;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Names of test databases: they tell which process they belong to.
final class DatabaseName {
    static final String PREFIX = "tasker_test_";

    private static final Pattern FORM = Pattern.compile(PREFIX + "(\\d+)_(\\d+)_\\d+");
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private DatabaseName() {}

    /// A name that no other database has.
    static String next() {
        ProcessHandle own = ProcessHandle.current();
        return PREFIX + own.pid() + "_" + startMillis(own) + "_" + NUMBER.incrementAndGet();
    }

    /// Whether the process that made a test database has ended.
    static boolean isAbandoned(String name) {
        Matcher parts = FORM.matcher(name);
        if (!parts.matches()) {
            return false;
        }
        Optional<ProcessHandle> owner = ProcessHandle.of(Long.parseLong(parts.group(1)));
        return owner.map(process -> !String.valueOf(startMillis(process)).equals(parts.group(2)))
                .orElse(true);
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().orElse(Instant.EPOCH).toEpochMilli();
    }
}
