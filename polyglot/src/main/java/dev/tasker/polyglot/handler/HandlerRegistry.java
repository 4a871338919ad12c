package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.identity.HandlerKey;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The handlers of one language that were loaded, for contexts that start later. Safe from any thread.
///
/// A file's text is kept as it was read first, so that all contexts run the same code.
public final class HandlerRegistry {
    private final Map<HandlerKey, HandlerFile> files = new HashMap<>();

    /// Whether the same source was loaded before.
    ///
    /// @throws HandlerLoadException HANDLER_DUPLICATE: the key belongs to another file
    public synchronized boolean contains(HandlerKey key, Path path) {
        HandlerFile known = files.get(key);
        if (known != null && !known.path().equals(path)) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_DUPLICATE,
                    "handler " + key + " is in " + known.path() + " and in " + path
                            + ": declare a handler_name in one of them",
                    Map.of(
                            "handler",
                            key.toString(),
                            "places",
                            List.of(known.path().toString(), path.toString())));
        }
        return known != null;
    }

    synchronized void add(HandlerKey key, HandlerFile file) {
        files.putIfAbsent(key, file);
    }

    /// The file as it was read by an earlier load.
    public synchronized Optional<HandlerFile> file(Path path) {
        return files.values().stream().filter(file -> file.path().equals(path)).findFirst();
    }

    /// Where a key was loaded from.
    ///
    /// @throws IllegalStateException if it never was
    synchronized Path path(HandlerKey key) {
        HandlerFile file = files.get(key);
        if (file == null) {
            throw new IllegalStateException("handler " + key + " was started before it was loaded");
        }
        return file.path();
    }

    synchronized List<HandlerFile> all() {
        return files.values().stream().distinct().toList();
    }
}
