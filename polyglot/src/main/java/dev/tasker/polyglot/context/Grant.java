package dev.tasker.polyglot.context;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What an operator may allow to handlers; templates cannot.
public enum Grant {
    /// Read and write files.
    IO,
    /// Open sockets.
    NET,
    /// Read the environment of the process.
    ENV;

    /// The name used on the command line and in configuration.
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Grant> named(String key) {
        return Arrays.stream(values()).filter(grant -> grant.key().equals(key)).findFirst();
    }
}
