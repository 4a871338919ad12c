package dev.tasker.config;

import dev.tasker.error.InvalidConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The value of every key, and where it was given.
public final class Settings {
    private final Map<ConfigurationKey<?>, Given> given;

    /// A checked value of its key's type.
    record Given(Object value, Source source) {}

    Settings(Map<ConfigurationKey<?>, Given> given) {
        this.given = Map.copyOf(given);
    }

    /// One key for people and programs; no value shows a password.
    ///
    /// @param value empty: it has none
    public record Shown(ConfigurationKey<?> key, Optional<String> value, Source source) {}

    /// The value that was given, else the standard one; empty where there is neither.
    // Only values that the key's type has read come in.
    @SuppressWarnings("unchecked")
    public <T> Optional<T> find(ConfigurationKey<T> key) {
        return Optional.ofNullable(given.get(key))
                .map(found -> (T) found.value())
                .or(key::standard);
    }

    /// The value of a key that always has one.
    public <T> T get(ConfigurationKey<T> key) {
        return find(key).orElseThrow(() -> new IllegalStateException(key.path() + " has no standard value"));
    }

    /// The folders of a key.
    ///
    /// @throws InvalidConfigurationException one that is none
    public List<Path> folders(ConfigurationKey<List<Path>> key) {
        List<Path> folders = get(key);
        folders.stream().filter(path -> !Files.isDirectory(path)).findFirst().ifPresent(path -> {
            throw problem(key, path + " is no folder");
        });
        return folders;
    }

    public Source source(ConfigurationKey<?> key) {
        return Optional.ofNullable(given.get(key)).map(Given::source).orElseGet(Source.Standard::new);
    }

    public boolean isGiven(ConfigurationKey<?> key) {
        return given.containsKey(key);
    }

    /// Every key, in the order of [ConfigurationKeys#ALL].
    public List<Shown> shown() {
        return ConfigurationKeys.ALL.stream().<Shown>map(this::shown).toList();
    }

    /// For a value that turns out to be wrong only when it is used.
    public InvalidConfigurationException problem(ConfigurationKey<?> key, String reason) {
        return Problem.badValue(source(key), key.path(), reason).toException();
    }

    private <T> Shown shown(ConfigurationKey<T> key) {
        return new Shown(key, find(key).map(key.type().text()), source(key));
    }
}
