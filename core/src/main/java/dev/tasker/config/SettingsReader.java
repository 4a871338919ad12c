package dev.tasker.config;

import dev.tasker.config.Settings.Given;
import dev.tasker.error.TaskerException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Collects settings from their sources, the one that wins last, and checks all of them.
///
/// Not safe for several threads.
/// A value is checked even where a later source replaces it, so that a mistake does not lie in wait.
public final class SettingsReader {
    /// The option that sets any key.
    public static final String SET_OPTION = "--set";
    /// Names the database, as other tools of Tasker do too.
    public static final String DATABASE_URL_VARIABLE = "TASKER_DATABASE_URL";

    private final Map<ConfigurationKey<?>, Given> given = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    private SettingsReader() {}

    public static SettingsReader empty() {
        return new SettingsReader();
    }

    /// Adds the values of a file.
    ///
    /// @throws TaskerException the file cannot be read, or is not YAML
    public SettingsReader file(ConfigurationFile file) {
        for (ConfigurationFile.Entry entry : file.entries()) {
            if (entry.isSectionProblem()) {
                problems.add(Problem.badValue(entry.source(), entry.path(), "a section is a map of keys"));
            } else {
                give(entry.path(), entry.value(), entry.source(), file.folder());
            }
        }
        return this;
    }

    /// Adds the values of environment variables; an empty variable counts as not set.
    public SettingsReader environment(Map<String, String> environment) {
        String url = environment.get(DATABASE_URL_VARIABLE);
        if (url != null && !url.isBlank()) {
            give(ConfigurationKeys.DATABASE_URL.path(), url, new Source.Variable(DATABASE_URL_VARIABLE), Path.of(""));
        }
        new TreeMap<>(environment).forEach((name, value) -> {
            if (name.startsWith(ConfigurationKey.VARIABLE_PREFIX) && !value.isBlank()) {
                variable(name, value);
            }
        });
        return this;
    }

    /// Adds the value of an option that stands for one key.
    public SettingsReader option(ConfigurationKey<?> key, Object value, String option) {
        give(key.path(), value, new Source.Option(option), Path.of(""));
        return this;
    }

    /// Adds what `--set` gave: `section.key=value`.
    public SettingsReader assignment(String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            problems.add(Problem.badValue(
                    new Source.Option(SET_OPTION), text, "write it as section.key=value, without blanks"));
        } else {
            give(text.substring(0, equals), text.substring(equals + 1), new Source.Option(SET_OPTION), Path.of(""));
        }
        return this;
    }

    /// The settings, if all that was given is right.
    ///
    /// @throws dev.tasker.error.InvalidConfigurationException with every problem, each with its source
    public Settings read() {
        if (!problems.isEmpty()) {
            throw Problem.toException(problems);
        }
        return new Settings(given);
    }

    private void variable(String name, String value) {
        Source source = new Source.Variable(name);
        String rest = name.substring(ConfigurationKey.VARIABLE_PREFIX.length());
        if (rest.contains(ConfigurationKey.VARIABLE_SEPARATOR)) {
            String path =
                    rest.replaceFirst(ConfigurationKey.VARIABLE_SEPARATOR, ".").toLowerCase(Locale.ROOT);
            if (ConfigurationKeys.find(path).isPresent()) {
                give(path, value, source, Path.of(""));
            } else {
                problems.add(Problem.unknownKey(source, path, unknown(path, true)));
            }
        } else if (!name.equals(DATABASE_URL_VARIABLE)) {
            misspelt(name)
                    .ifPresent(key -> problems.add(Problem.unknownKey(
                            source,
                            key.path(),
                            "the variable is called " + key.variable() + ", with two low lines after the section")));
        }
    }

    /// The key that a variable with one low line too few means.
    private static Optional<ConfigurationKey<?>> misspelt(String variable) {
        return ConfigurationKeys.ALL.stream()
                .filter(key -> key.variable()
                        .replace(ConfigurationKey.VARIABLE_SEPARATOR, "_")
                        .equals(variable))
                .findFirst();
    }

    private void give(String path, @Nullable Object raw, Source source, Path folder) {
        Optional<ConfigurationKey<?>> key = ConfigurationKeys.find(path);
        if (key.isEmpty()) {
            problems.add(Problem.unknownKey(source, path, unknown(path, false)));
            return;
        }
        if (raw == null) {
            problems.add(Problem.badValue(source, path, "has no value; give one, or leave the key out"));
            return;
        }
        try {
            given.put(key.get(), new Given(key.get().type().reader().read(raw, folder), source));
        } catch (IllegalArgumentException problem) {
            problems.add(Problem.badValue(source, path, String.valueOf(problem.getMessage())));
        }
    }

    private static String unknown(String path, boolean isVariable) {
        Optional<String> reason = AbsentKeys.reasonFor(path);
        if (reason.isPresent()) {
            return "there is no such key: " + reason.get();
        }
        return "unknown key"
                + meant(path)
                        .map(key -> "; did you mean " + (isVariable ? key.variable() : key.path()) + "?")
                        .orElseGet(
                                () -> "; " + keysOf(path.contains(".") ? path.substring(0, path.indexOf('.')) : path));
    }

    private static Optional<ConfigurationKey<?>> meant(String path) {
        String name = path.substring(path.lastIndexOf('.') + 1);
        return Suggestion.nearest(
                        path,
                        ConfigurationKeys.ALL.stream()
                                .map(ConfigurationKey::path)
                                .toList())
                .flatMap(ConfigurationKeys::find)
                // The right name in the wrong section.
                .or(() -> ConfigurationKeys.ALL.stream()
                        .filter(key -> key.name().equals(name))
                        .findFirst());
    }

    private static String keysOf(String section) {
        return ConfigurationKeys.isSection(section)
                ? "section " + section + " has "
                        + ConfigurationKeys.ALL.stream()
                                .filter(key -> key.section().equals(section))
                                .map(ConfigurationKey::name)
                                .collect(Collectors.joining(", "))
                : "there are the sections "
                        + ConfigurationKeys.ALL.stream()
                                .map(ConfigurationKey::section)
                                .distinct()
                                .collect(Collectors.joining(", "));
    }
}
