package dev.tasker.readiness;

import java.util.Locale;

/// Whether nothing has happened to a task for longer than it should.
public enum Staleness {
    FRESH,
    /// 80 % of the time allowed are over.
    WARNING,
    STALE;

    /// The name in the database and in JSON.
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Staleness of(String key) {
        return valueOf(key.toUpperCase(Locale.ROOT));
    }
}
