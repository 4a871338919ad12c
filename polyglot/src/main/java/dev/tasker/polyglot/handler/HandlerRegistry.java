package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The handlers of one language that were loaded, for contexts that start later. Safe from any thread.
///
/// A file's text is kept as it was read last, so that all contexts run the same code.
public final class HandlerRegistry {
    private final Map<HandlerKey, Entry> entries = new HashMap<>();

    private record Entry(HandlerFile file, HandlerDeclaration declaration) {}

    /// What the handler declares, if the same source was loaded before.
    ///
    /// @throws HandlerLoadException HANDLER_DUPLICATE: the key belongs to another file
    public synchronized Optional<HandlerDeclaration> find(HandlerKey key, Path path) {
        Entry known = entries.get(key);
        if (known != null && !known.file().path().equals(path)) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_DUPLICATE,
                    "handler " + key + " is in " + known.file().path() + " and in " + path
                            + ": declare a handler_name in one of them",
                    Map.of(
                            "handler",
                            key.toString(),
                            "places",
                            List.of(known.file().path().toString(), path.toString())));
        }
        return Optional.ofNullable(known).map(Entry::declaration);
    }

    synchronized void add(HandlerKey key, HandlerFile file, HandlerDeclaration declaration) {
        entries.putIfAbsent(key, new Entry(file, declaration));
    }

    /// The file as it was read by an earlier load.
    public synchronized Optional<HandlerFile> file(Path path) {
        return entries.values().stream()
                .map(Entry::file)
                .filter(file -> file.path().equals(path))
                .findFirst();
    }

    /// Where a key was loaded from.
    ///
    /// @throws IllegalStateException if it never was
    synchronized Path path(HandlerKey key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            throw new IllegalStateException("handler " + key + " was started before it was loaded");
        }
        return entry.file().path();
    }

    synchronized List<HandlerFile> files() {
        return entries.values().stream().map(Entry::file).distinct().toList();
    }

    /// Which handlers were loaded from which file.
    public synchronized Map<HandlerKey, Path> paths() {
        Map<HandlerKey, Path> paths = new LinkedHashMap<>();
        entries.forEach((key, entry) -> paths.put(key, entry.file().path()));
        return paths;
    }

    /// Takes over all that another registry holds, in place of what is here. What was loaded here meanwhile stays, with
    /// the other's text where that has the same file.
    public void replaceWith(HandlerRegistry other) {
        Map<HandlerKey, Entry> fresh;
        synchronized (other) {
            fresh = Map.copyOf(other.entries);
        }
        Map<Path, HandlerFile> files = new HashMap<>();
        fresh.values().forEach(entry -> files.put(entry.file().path(), entry.file()));
        synchronized (this) {
            entries.replaceAll((_, entry) ->
                    new Entry(files.getOrDefault(entry.file().path(), entry.file()), entry.declaration()));
            entries.putAll(fresh);
        }
    }
}
