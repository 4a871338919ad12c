package dev.tasker.config;

import java.util.Locale;
import java.util.Optional;

/// One setting: where it stands, what it takes and what it means.
///
/// @param standard the value where no source gives one; empty: there is none
/// @param otherwise what happens without a value, for the documentation; unused where there is a standard value
public record ConfigurationKey<T>(
        String section, String name, ValueType<T> type, Optional<T> standard, String otherwise, String meaning) {
    static final String VARIABLE_PREFIX = "TASKER_";
    static final String VARIABLE_SEPARATOR = "__";

    static <T> ConfigurationKey<T> withStandard(String path, ValueType<T> type, T standard, String meaning) {
        return new ConfigurationKey<>(section(path), name(path), type, Optional.of(standard), "", meaning);
    }

    static <T> ConfigurationKey<T> optional(String path, ValueType<T> type, String otherwise, String meaning) {
        return new ConfigurationKey<>(section(path), name(path), type, Optional.empty(), otherwise, meaning);
    }

    /// Its name in messages and for `--set`: `section.key`.
    public String path() {
        return section + "." + name;
    }

    /// The environment variable that sets it.
    public String variable() {
        return VARIABLE_PREFIX + (section + VARIABLE_SEPARATOR + name).toUpperCase(Locale.ROOT);
    }

    /// What it takes, for people.
    public String typeName() {
        return type.name();
    }

    /// Which values are allowed, for people; empty: all of the type.
    public String range() {
        return type.range();
    }

    /// The standard value, or what happens without one, for people.
    public String standardText() {
        return standard.map(type.text()).orElse(otherwise);
    }

    private static String section(String path) {
        return path.substring(0, path.indexOf('.'));
    }

    private static String name(String path) {
        return path.substring(path.indexOf('.') + 1);
    }
}
