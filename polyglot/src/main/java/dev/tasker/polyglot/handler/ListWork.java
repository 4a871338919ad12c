package dev.tasker.polyglot.handler;

import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Lists the handlers of one file, for a caller that waits.
public final class ListWork extends FileWork<List<ListWork.Found>> {
    private final HandlerRuntime runtime;

    public ListWork(HandlerRuntime runtime, HandlerFile file) {
        super(file, WAIT_MAX);
        this.runtime = runtime;
    }

    /// A handler of the file.
    public record Found(HandlerKey key, String className, OptionalInt line, HandlerDeclaration declaration) {}

    HandlerRuntime runtime() {
        return runtime;
    }

    @Override
    String title() {
        return "list the handlers of " + file().path();
    }

    @Override
    Map<String, String> subject() {
        return Map.of();
    }

    /// Waits for the list; stops a file whose code does not end.
    ///
    /// @throws dev.tasker.error.HandlerLoadException the file cannot be loaded
    public List<Found> await() {
        return result();
    }
}
