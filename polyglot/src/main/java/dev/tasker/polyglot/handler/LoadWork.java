package dev.tasker.polyglot.handler;

import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import java.time.Duration;
import java.util.Map;

/// Loads one handler in whichever context is free, for a caller that waits.
public final class LoadWork extends FileWork<HandlerDeclaration> {
    private final HandlerKey key;

    public LoadWork(HandlerKey key, HandlerFile file) {
        this(key, file, WAIT_MAX);
    }

    LoadWork(HandlerKey key, HandlerFile file, Duration waitMax) {
        super(file, waitMax);
        this.key = key;
    }

    HandlerKey key() {
        return key;
    }

    @Override
    String title() {
        return "load handler " + key;
    }

    @Override
    Map<String, String> subject() {
        return Map.of("handler", key.toString());
    }

    /// Waits until the handler is loaded; stops a file whose code does not end.
    ///
    /// @return what its class declares
    /// @throws dev.tasker.error.HandlerLoadException if it cannot be loaded
    public HandlerDeclaration await() {
        return result();
    }
}
