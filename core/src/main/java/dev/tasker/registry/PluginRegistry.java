package dev.tasker.registry;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.NotFoundException;
import dev.tasker.event.EventPublisher;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The exporters of this process, by name and by format. Safe from any thread.
public final class PluginRegistry {
    private final Registry<String, Exporter> registry;

    private static final class Rules implements RegistryRules<String, Exporter> {
        private static final Pattern FORMAT = Pattern.compile("[a-z0-9_+.-]+");

        @Override
        public String name() {
            return "plugins";
        }

        @Override
        public String eventPrefix() {
            return "plugin";
        }

        @Override
        public Optional<String> defectOf(String name, Exporter exporter) {
            if (name.isBlank()) {
                return Optional.of("it has no name");
            }
            if (exporter.supportedFormats().isEmpty()) {
                return Optional.of("it supports no format");
            }
            return exporter.supportedFormats().stream()
                    .filter(format -> !FORMAT.matcher(format).matches())
                    .findFirst()
                    .map(format -> "format `" + format + "` is not in lower case");
        }

        @Override
        public Map<String, @Nullable Object> facts(String name, Exporter exporter) {
            return Map.of(
                    "name",
                    name,
                    "formats",
                    List.copyOf(new TreeSet<>(exporter.supportedFormats())),
                    "source",
                    exporter.getClass().getName());
        }
    }

    public PluginRegistry(EventPublisher publisher) {
        this.registry = new Registry<>(new Rules(), publisher);
    }

    /// Adds an exporter under its name.
    ///
    /// @throws dev.tasker.error.InvalidRequestException REGISTRATION_INVALID
    /// @throws dev.tasker.error.ConflictException REGISTRATION_DUPLICATE
    public void register(Exporter exporter, boolean replace) {
        registry.register(exporter.name(), exporter, replace);
    }

    public Optional<Exporter> unregister(String name) {
        return registry.unregister(name);
    }

    /// The exporters of a format, in the order of registration.
    public List<Exporter> byFormat(String format) {
        return registry.entries().values().stream()
                .filter(exporter -> exporter.supportedFormats().contains(format))
                .toList();
    }

    /// The first exporter of a format.
    ///
    /// @throws NotFoundException REGISTRATION_NOT_FOUND, with the formats that there are
    public Exporter forFormat(String format) {
        return byFormat(format).stream()
                .findFirst()
                .orElseThrow(() -> new NotFoundException(
                        ErrorCode.REGISTRATION_NOT_FOUND,
                        "no exporter writes `" + format + "`; formats: " + formats(),
                        Map.of("format", format)));
    }

    /// All formats that can be written.
    public List<String> formats() {
        TreeSet<String> formats = new TreeSet<>();
        registry.entries().values().forEach(exporter -> formats.addAll(exporter.supportedFormats()));
        return List.copyOf(formats);
    }

    public Registry<String, Exporter> registry() {
        return registry;
    }
}
