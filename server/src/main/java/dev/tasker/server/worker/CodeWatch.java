package dev.tasker.server.worker;

import dev.tasker.server.trial.HandlerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// Notices when code changes that handlers are made of: their files, and those of their language beside and below
/// them. Not safe for several threads.
final class CodeWatch {
    private final Map<Path, FileTime> seen = new HashMap<>();

    /// The files that have changed, come or gone since the last look; none at the first look.
    ///
    /// @param handlerFiles what is loaded
    Collection<Path> changes(Collection<Path> handlerFiles) {
        Map<Path, FileTime> now = new HashMap<>();
        handlerFiles.stream()
                .flatMap(file -> Optional.ofNullable(file.getParent()).stream())
                .distinct()
                .filter(Files::isDirectory)
                .flatMap(folder -> HandlerFiles.below(folder).stream())
                .forEach(file -> time(file).ifPresent(time -> now.put(file, time)));
        TreeSet<Path> changed = new TreeSet<>();
        if (!seen.isEmpty()) {
            now.forEach((file, time) -> {
                if (!time.equals(seen.get(file))) {
                    changed.add(file);
                }
            });
            seen.keySet().stream().filter(file -> !now.containsKey(file)).forEach(changed::add);
        }
        seen.clear();
        seen.putAll(now);
        return changed;
    }

    private static Optional<FileTime> time(Path file) {
        try {
            return Optional.of(Files.getLastModifiedTime(file));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }
}
