package dev.tasker.testing.simulation;

import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.TaskCreation;
import dev.tasker.store.Database;
import dev.tasker.store.TaskStore;
import dev.tasker.store.TemplateStore;
import dev.tasker.store.WaveStore;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.Template;
import dev.tasker.testing.database.ClockedSource;
import dev.tasker.testing.database.Inspection;
import dev.tasker.testing.database.VirtualClock;
import dev.tasker.wave.Waves;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The database on which all schedules of a simulation take place, one after another, each with tasks of
/// its own.
final class Ground {
    private final VirtualClock clock;
    private final Map<String, ? extends @Nullable Object> context;
    private final TemplateStore templates;
    private final TaskCreation creation;
    private final Waves waves;
    private final Inspection inspection;
    private final Map<String, RegisteredTemplate> registered = new HashMap<>();

    /// @param context of every task
    Ground(ClockedSource source, VirtualClock clock, Map<String, ? extends @Nullable Object> context) {
        this.context = context;
        Database database = new Database(source);
        this.clock = clock;
        this.templates = new TemplateStore(database);
        this.creation = new TaskCreation(new TaskStore(database));
        this.waves = new WaveStore(database);
        this.inspection = new Inspection(source);
    }

    VirtualClock clock() {
        return clock;
    }

    Waves waves() {
        return waves;
    }

    Inspection inspection() {
        return inspection;
    }

    RegisteredTemplate register(String name, Supplier<Template> template) {
        return registered.computeIfAbsent(
                name, _ -> templates.register(template.get()).template());
    }

    TaskId create(RegisteredTemplate template, Set<String> bypass) {
        TaskRequest request = TaskRequest.builder(context).bypassSteps(bypass).build();
        return creation.create(template, request);
    }
}
