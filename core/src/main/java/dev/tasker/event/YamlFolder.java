package dev.tasker.event;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.TaskerException;
import dev.tasker.yaml.LocatedYaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The YAML files of a folder, whose errors name file and line.
final class YamlFolder {
    /// Larger files are refused.
    static final long FILE_BYTES_MAX = 1024 * 1024;

    private final ErrorCode code;

    YamlFolder(ErrorCode code) {
        this.code = code;
    }

    /// The files of a folder by name; none where there is no such folder.
    List<Document> read(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file ->
                            file.toString().endsWith(".yml") || file.toString().endsWith(".yaml"))
                    .sorted()
                    .map(this::document)
                    .toList();
        } catch (IOException problem) {
            throw unreadable(folder, problem);
        }
    }

    private Document document(Path file) {
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw refusal(file + ": larger than " + FILE_BYTES_MAX + " bytes", Map.of("file", file.toString()));
            }
            String text = Files.readString(file);
            return new Document(file.toString(), LocatedYaml.parse(text, file.toString(), this::refusal), this);
        } catch (IOException problem) {
            throw unreadable(file, problem);
        }
    }

    private TaskerException refusal(String message, Map<String, ?> details) {
        return new InvalidRequestException(code, message, details);
    }

    private TaskerException unreadable(Path path, IOException problem) {
        return refusal("cannot read " + path + ": " + problem.getMessage(), Map.of("file", path.toString()));
    }

    /// One file.
    record Document(String file, LocatedYaml yaml, YamlFolder folder) {
        Map<String, @Nullable Object> root() {
            return object(yaml.root(), "");
        }

        @SuppressWarnings("unchecked") // keys of a YAML mapping are texts here
        Map<String, @Nullable Object> object(@Nullable Object value, String pointer) {
            if (value instanceof Map<?, ?> map) {
                return (Map<String, @Nullable Object>) map;
            }
            throw problem(pointer, "must be a mapping");
        }

        String text(Map<String, @Nullable Object> map, String key, String pointer) {
            if (map.get(key) instanceof String text && !text.isBlank()) {
                return text;
            }
            throw problem(pointer + "/" + key, "must be a text");
        }

        /// A path that is relative to this file.
        Path beside(String relative) {
            return Path.of(file).toAbsolutePath().resolveSibling(relative).normalize();
        }

        TaskerException problem(String pointer, String reason) {
            int line = yaml.lineOf(pointer);
            return folder.refusal(
                    file + ":" + line + ": " + (pointer.isEmpty() ? "the file" : "`" + pointer.substring(1) + "`") + " "
                            + reason,
                    Map.of("file", file, "line", line, "key", pointer));
        }
    }
}
