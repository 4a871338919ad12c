package dev.tasker.server.diagnosis;

import dev.tasker.config.Configuration;
import dev.tasker.error.TaskerException;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.request.ContextSchema;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Pacing;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.server.database.DatabaseChoice;
import dev.tasker.server.handlers.SideTask;
import dev.tasker.store.DatabaseAddress;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.jooq.tools.jdbc.MockConnection;
import org.jooq.tools.jdbc.SingleConnectionDataSource;

/// Touches what a run touches, so that the start-up cache of the JVM holds it: the languages, the reading of
/// templates, and the making of statements. For where there is no database: so what needs answers fails, on
/// purpose.
public final class WarmUp {
    private static final String TEMPLATE = """
            name: warm_up
            schema: { type: object, required: [name] }
            default_runtime: java
            step_templates:
              - { name: first, handler_class: First }
              - { name: second, handler_class: Second, depends_on_step: first }
            """;

    private WarmUp() {}

    /// Runs it; blocks for some seconds.
    ///
    /// @throws RuntimeException a language does not work here
    public static void run() {
        List<CompletableFuture<?>> languages = new ArrayList<>();
        for (HandlerRuntime runtime : HandlerRuntime.values()) {
            if (runtime != HandlerRuntime.JAVA) {
                languages.add(SideTask.start("tasker-trial-" + runtime.key(), () -> new GuestTrial(runtime).run()));
            }
        }
        prepareRequest();
        refusedConnection();
        languages.forEach(SideTask::await);
    }

    private static void prepareRequest() {
        Template template = new TemplateParser().parse(TEMPLATE, "warm-up");
        template.schema().map(ContextSchema::new).ifPresent(schema -> schema.check(Map.of("name", "x"), "warm-up"));
        TaskRequest request = TaskRequest.builder(Map.of("name", "x")).build();
        try (Tasker tasker = Tasker.open(refusing(), config(), List.of())) {
            attempt(() -> tasker.register(template));
            attempt(() -> tasker.create(new RegisteredTemplate(1, template), request));
            attempt(() -> tasker.task(new TaskId(1)));
            attempt(() -> tasker.state(new TaskId(1)));
            attempt(tasker::templates);
        }
    }

    /// Without a limit of the backlog: the count before it would be refused, and no task created.
    private static TaskerConfig config() {
        return TaskerConfig.defaults().withPacing(Pacing.defaults().withBacklogTasksMax(0));
    }

    /// Makes statements and answers none of them.
    private static DataSource refusing() {
        return new SingleConnectionDataSource(new MockConnection(_ -> {
            throw new SQLException("no database in a warm-up", "08001");
        }));
    }

    /// The driver and the pool, as far as a closed port lets them come.
    private static void refusedConnection() {
        attempt(() -> new DatabaseChoice(
                        Optional.of(DatabaseAddress.parse("postgresql://nobody@127.0.0.1:1/none")),
                        Configuration.standard().database())
                .open()
                .close());
    }

    private static void attempt(Runnable call) {
        try {
            call.run();
        } catch (TaskerException _) {
            // Expected: see above.
        }
    }
}
