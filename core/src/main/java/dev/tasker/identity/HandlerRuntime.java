package dev.tasker.identity;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The language a handler is written in.
public enum HandlerRuntime {
    JAVA,
    JAVASCRIPT,
    PYTHON,
    RUBY;

    /// The name used in templates, handler keys and JSON.
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<HandlerRuntime> named(String key) {
        return Arrays.stream(values())
                .filter(runtime -> runtime.key().equals(key))
                .findFirst();
    }
}
