package dev.tasker.server.output;

import java.util.Locale;

/// Whom the output is for: people or programs.
public enum OutputFormat {
    TEXT,
    JSON;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
