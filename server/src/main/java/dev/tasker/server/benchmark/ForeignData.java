package dev.tasker.server.benchmark;

import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.query.BoundedCount;
import dev.tasker.query.TaskQuery;
import dev.tasker.runtime.Tasker;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Templates and tasks of others in the database of a benchmark: what is measured there stays there, for tasks are
/// never removed, and everybody on that server would feel it.
///
/// @param namespaces what was found, by namespace
public record ForeignData(SortedMap<String, Found> namespaces) {
    /// What one namespace holds.
    public record Found(int templates, BoundedCount tasks) {}

    /// Looks for everything outside of the namespace `benchmark`. Reads only. A task without a template there cannot
    /// be.
    public static ForeignData in(Tasker tasker) {
        Map<String, Integer> templates = new TreeMap<>();
        tasker.templates().stream()
                .map(template -> template.template().key().namespace())
                .filter(namespace -> !namespace.equals(BenchmarkTemplate.NAMESPACE))
                .forEach(namespace -> templates.merge(namespace, 1, Integer::sum));
        SortedMap<String, Found> found = new TreeMap<>();
        templates.forEach((namespace, count) -> found.put(
                namespace,
                new Found(
                        count,
                        tasker.queries()
                                .countTasks(
                                        TaskQuery.builder().namespace(namespace).build()))));
        return new ForeignData(found);
    }

    /// Refuses to go on where something was found.
    ///
    /// @param database for people: where it is
    /// @throws ConflictException DATABASE_HAS_FOREIGN_DATA, with what was found and what to do
    public void refuse(String database) {
        if (namespaces.isEmpty()) {
            return;
        }
        List<String> texts = new ArrayList<>();
        Map<String, @Nullable Object> details = new LinkedHashMap<>();
        namespaces.forEach((namespace, found) -> {
            texts.add(namespace + " (" + counted(String.valueOf(found.templates), "template") + ", "
                    + counted(found.tasks.toString(), "task") + ")");
            details.put(namespace, Map.of("templates", found.templates, "tasks", found.tasks.value()));
        });
        throw new ConflictException(
                ErrorCode.DATABASE_HAS_FOREIGN_DATA,
                database + " holds data outside of the namespace `" + BenchmarkTemplate.NAMESPACE + "`: "
                        + String.join(", ", texts)
                        + ". Nothing was changed.\n  The tasks of a benchmark cannot be removed, and its load is felt by"
                        + " everybody on that server. Name an empty database with --database-url, or say"
                        + " --allow-foreign-data.",
                Map.of("namespaces", details));
    }

    private static String counted(String number, String noun) {
        return number + " " + noun + (number.equals("1") ? "" : "s");
    }
}
