package dev.tasker.polyglot.context;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Where the packages of a handler file may lie: in the customary places of its language, beside it or above.
public final class PackageFolders {
    private static final int LEVELS_MAX = 8;

    private PackageFolders() {}

    /// The folders that exist, nearest first.
    ///
    /// JavaScript: `node_modules`. Python: `site-packages`, and those of a virtual environment named `.venv` or
    /// `venv`. Ruby: the `lib` folders below `vendor/gems` and `vendor/bundle` (what `bundle config path` makes).
    public static List<Path> of(GuestLanguage language, Path handlerFile) {
        List<Path> found = new ArrayList<>();
        Path folder = handlerFile.toAbsolutePath().getParent();
        for (int level = 0; level < LEVELS_MAX && folder != null && folder.getParent() != null; level++) {
            for (String pattern : patterns(language)) {
                collect(folder, List.of(pattern.split("/")), found);
            }
            folder = folder.getParent();
        }
        return found;
    }

    private static List<String> patterns(GuestLanguage language) {
        return switch (language) {
            case JAVASCRIPT -> List.of("node_modules");
            case PYTHON ->
                List.of("site-packages", ".venv/lib/python3*/site-packages", "venv/lib/python3*/site-packages");
            case RUBY -> List.of("vendor/gems/*/lib", "vendor/bundle/ruby/*/gems/*/lib");
        };
    }

    private static void collect(Path folder, List<String> parts, List<Path> found) {
        if (parts.isEmpty()) {
            found.add(folder);
            return;
        }
        List<String> rest = parts.subList(1, parts.size());
        if (!parts.getFirst().contains("*")) {
            Path next = folder.resolve(parts.getFirst());
            if (Files.isDirectory(next)) {
                collect(next, rest, found);
            }
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, parts.getFirst())) {
            List<Path> sorted = new ArrayList<>();
            entries.forEach(sorted::add);
            sorted.sort(null);
            sorted.stream().filter(Files::isDirectory).forEach(entry -> collect(entry, rest, found));
        } catch (IOException unreadable) {
            // A folder that cannot be listed holds nothing that could be imported.
            return;
        }
    }
}
