package dev.tasker.event;

import dev.tasker.event.EventDefinition.Category;
import dev.tasker.yaml.LocatedYaml;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads Tasker's own catalogue from the class path. What is wrong in it is a bug.
final class CatalogReader {
    private static final String RESOURCE = "catalog.yml";
    private static final int FIELD_PARTS = 4;

    private final Map<String, @Nullable Object> sets;

    private CatalogReader(Map<String, @Nullable Object> sets) {
        this.sets = sets;
    }

    static Map<String, EventDefinition> read() {
        Map<String, @Nullable Object> root = object(LocatedYaml.parse(text(), RESOURCE, (message, _) -> {
                    throw new IllegalStateException(message);
                })
                .root());
        CatalogReader reader = new CatalogReader(object(root.get("sets")));
        Map<String, EventDefinition> catalog = new LinkedHashMap<>();
        object(root.get("events")).forEach((name, entry) -> catalog.put(name, reader.definition(name, object(entry))));
        return catalog;
    }

    private EventDefinition definition(String name, Map<String, @Nullable Object> entry) {
        Map<String, PayloadField> fields = new LinkedHashMap<>();
        ((List<?>) Objects.requireNonNull(entry.get("sets")))
                .forEach(set -> addFields(fields, object(sets.get(String.valueOf(set)))));
        if (entry.get("payload") != null) {
            addFields(fields, object(entry.get("payload")));
        }
        String category = Objects.toString(entry.get("category"), name.substring(0, name.indexOf('.')));
        return new EventDefinition(
                name,
                Category.valueOf(category.toUpperCase(Locale.ROOT)),
                String.valueOf(entry.get("description")),
                List.copyOf(fields.values()),
                String.valueOf(entry.get("fired_by")),
                !Boolean.FALSE.equals(entry.get("published")));
    }

    private static void addFields(Map<String, PayloadField> fields, Map<String, @Nullable Object> declared) {
        declared.forEach((name, value) -> fields.put(name, field(name, (List<?>) Objects.requireNonNull(value))));
    }

    private static PayloadField field(String name, List<?> parts) {
        if (parts.size() != FIELD_PARTS) {
            throw new IllegalStateException("field " + name + " of the catalogue has not four parts: " + parts);
        }
        return new PayloadField(
                name,
                FieldType.named(String.valueOf(parts.get(0))).orElseThrow(),
                "always".equals(parts.get(1)),
                String.valueOf(parts.get(2)),
                parts.get(3));
    }

    @SuppressWarnings("unchecked") // a document of our own
    private static Map<String, @Nullable Object> object(@Nullable Object value) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(value);
    }

    private static String text() {
        try (InputStream in = Objects.requireNonNull(CatalogReader.class.getResourceAsStream(RESOURCE))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
