package dev.tasker.config;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidConfigurationException;
import dev.tasker.yaml.LocatedYaml;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A YAML file of sections with keys, as it was found; its values are not checked yet.
///
/// @param name   what the file is called in messages
/// @param folder where relative paths in the file start
public record ConfigurationFile(String name, Path folder, List<Entry> entries) {
    /// Names the file where no option does.
    public static final String VARIABLE = "TASKER_CONFIG";

    private static final String STANDARD_NAME = "tasker.yaml";
    private static final long BYTES_MAX = 1024 * 1024;

    public ConfigurationFile {
        entries = List.copyOf(entries);
    }

    /// One key of the file.
    ///
    /// @param path             `section.key`, or a top-level name that is no section
    /// @param isSectionProblem a section that is no map
    record Entry(String path, @Nullable Object value, Source.Line source, boolean isSectionProblem) {}

    /// The file that applies: the one that was named, else the one of TASKER_CONFIG, else `tasker.yaml` in the folder
    /// where the process works, if there is one.
    ///
    /// @throws InvalidConfigurationException CONFIG_UNREADABLE or CONFIG_SYNTAX
    public static Optional<ConfigurationFile> find(
            Optional<Path> named, Map<String, String> environment, Path workingFolder) {
        return named.or(() -> Optional.ofNullable(environment.get(VARIABLE))
                        .filter(path -> !path.isBlank())
                        .map(Path::of))
                .or(() -> Optional.of(Path.of(STANDARD_NAME))
                        .filter(file -> Files.isRegularFile(workingFolder.resolve(file))))
                .map(file -> read(workingFolder.resolve(file), file.toString()));
    }

    /// Reads one file.
    ///
    /// @param name what it is called in messages
    /// @throws InvalidConfigurationException CONFIG_UNREADABLE or CONFIG_SYNTAX
    public static ConfigurationFile read(Path file, String name) {
        try {
            long bytes = Files.size(file);
            if (bytes > BYTES_MAX) {
                throw unreadable(name, "it has " + bytes + " bytes, more than " + BYTES_MAX);
            }
            Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
            return parse(Files.readString(file), name, folder);
        } catch (NoSuchFileException _) {
            throw unreadable(name, "there is no such file");
        } catch (MalformedInputException _) {
            throw unreadable(name, "it is not UTF-8");
        } catch (IOException problem) {
            throw unreadable(name, String.valueOf(problem.getMessage()));
        }
    }

    static ConfigurationFile parse(String text, String name, Path folder) {
        if (text.lines().allMatch(line -> line.isBlank() || line.strip().startsWith("#"))) {
            return new ConfigurationFile(name, folder, List.of());
        }
        LocatedYaml yaml = LocatedYaml.parse(
                text,
                name,
                (reason, details) -> new InvalidConfigurationException(ErrorCode.CONFIG_SYNTAX, reason, details));
        return new ConfigurationFile(name, folder, entries(yaml, name));
    }

    private static List<Entry> entries(LocatedYaml yaml, String name) {
        List<Entry> entries = new ArrayList<>();
        switch (yaml.root()) {
            case null -> {}
            case Map<?, ?> sections ->
                sections.forEach((section, keys) -> addSection(entries, String.valueOf(section), keys, yaml, name));
            default ->
                throw new InvalidConfigurationException(
                        ErrorCode.CONFIG_SYNTAX,
                        name + ":1: a configuration is a map of sections",
                        Map.of("file", name, "line", 1));
        }
        return entries;
    }

    private static void addSection(
            List<Entry> entries, String section, @Nullable Object content, LocatedYaml yaml, String name) {
        Source.Line line = new Source.Line(name, yaml.lineOf("/" + escaped(section)));
        boolean isSection = ConfigurationKeys.isSection(section);
        if (content instanceof Map<?, ?> keys && isSection) {
            keys.forEach((key, value) -> entries.add(new Entry(
                    section + "." + key,
                    value,
                    new Source.Line(name, yaml.lineOf("/" + escaped(section) + "/" + escaped(String.valueOf(key)))),
                    false)));
        } else if (!isSection || content != null) {
            // A section whose keys are all commented out is null, and no mistake.
            entries.add(new Entry(section, content, line, isSection));
        }
    }

    private static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }

    private static InvalidConfigurationException unreadable(String name, String reason) {
        return new InvalidConfigurationException(
                ErrorCode.CONFIG_UNREADABLE,
                "cannot read the configuration " + name + ": " + reason,
                Map.of("file", name));
    }
}
