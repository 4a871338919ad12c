package dev.tasker.server.worker;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidTemplateException;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Template files in the folders that the configuration names.
public final class TemplateFolders {
    private TemplateFolders() {}

    /// Reads the `.yaml` and `.yml` files that lie in the folders, not those below, in the order of their names.
    ///
    /// @throws InvalidTemplateException a folder cannot be listed, or a file is no template
    public static List<Template> read(List<Path> folders, TemplateParser parser) {
        return folders.stream()
                .flatMap(folder -> files(folder).stream())
                .map(parser::parse)
                .toList();
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> Files.isRegularFile(file) && isTemplate(String.valueOf(file.getFileName())))
                    .sorted()
                    .toList();
        } catch (IOException problem) {
            throw new InvalidTemplateException(
                    ErrorCode.TEMPLATE_UNREADABLE,
                    "cannot list the template folder " + folder + " (engine.template_directories): " + problem,
                    Map.of("file", folder.toString()),
                    problem);
        }
    }

    private static boolean isTemplate(String name) {
        return name.endsWith(".yaml") || name.endsWith(".yml");
    }
}
