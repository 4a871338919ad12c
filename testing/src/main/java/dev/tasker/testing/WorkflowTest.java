package dev.tasker.testing;

import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.StepHandler;
import dev.tasker.request.ContextSchema;
import dev.tasker.request.TaskRequest;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import dev.tasker.testing.database.WorkflowDatabase;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A test of one template: its tasks run on the real database routines, in virtual time, on the test's own
/// thread.
///
/// ```java
/// try (WorkflowTest test = WorkflowTest.of(Path.of("order.yaml"))) {
///     test.script("charge", Script.failRetryable("gateway down").then(Script.succeed(Map.of("id", 1))));
///     TaskRun run = test.start(Map.of("order_id", 7));
///     run.runUntilIdle();
///     run.assertThat().stepIs("charge", StepState.ERROR);
///     run.advance(Duration.ofSeconds(2));
///     run.assertThat().stepIs("charge", StepState.COMPLETE).attempts(2);
/// }
/// ```
///
/// A step runs its script, else the handler that was given for it, else the host of its language, else what
/// [#scriptRest] says, else the Java class that the template names. Not safe for use by several threads.
public final class WorkflowTest implements AutoCloseable {
    private final Template template;
    private final WorkflowDatabase database;
    private final boolean ownsDatabase;
    private final World world;

    private WorkflowTest(Template template, WorkflowDatabase database, boolean ownsDatabase) {
        this.template = template;
        this.database = database;
        this.ownsDatabase = ownsDatabase;
        this.world = new World(database, template);
    }

    /// A test of the template in a file, with a database of its own.
    public static WorkflowTest of(Path file) {
        return of(new TemplateParser().parse(file));
    }

    /// A test of a template given as YAML text, with a database of its own.
    public static WorkflowTest of(String yaml) {
        return of(new TemplateParser().parse(yaml, "template"));
    }

    /// A test of a template, with a database of its own.
    public static WorkflowTest of(Template template) {
        return new WorkflowTest(template, WorkflowDatabase.create(), true);
    }

    /// A test that uses the database of its class. [#close] leaves no unfinished task behind in it.
    public static WorkflowTest of(Template template, WorkflowDatabase database) {
        return new WorkflowTest(template, database, false);
    }

    /// A test that uses the database of its class.
    public static WorkflowTest of(Path file, WorkflowDatabase database) {
        return of(new TemplateParser().parse(file), database);
    }

    /// Runs this handler for a step. The one instance serves all attempts; where each needs its own, give a
    /// function.
    public WorkflowTest handler(String step, StepHandler handler) {
        return handler(step, _ -> handler);
    }

    /// Runs a handler that is made by a function of its `handler_config`, a new one for each attempt.
    public WorkflowTest handler(String step, Function<Map<String, @Nullable Object>, StepHandler> constructor) {
        world.bodies().handler(step, constructor);
        return this;
    }

    /// Runs a script instead of a step's handler, whatever language that is written in.
    public WorkflowTest script(String step, Script script) {
        world.bodies().script(step, script);
        return this;
    }

    /// Runs a script for every step that the test gives nothing else for.
    public WorkflowTest scriptRest(Script script) {
        world.bodies().scriptRest(script);
        return this;
    }

    /// Runs the handlers of one language, for example with a `PolyglotHost`. [#close] closes it.
    public WorkflowTest host(HandlerHost host) {
        world.bodies().host(host);
        return this;
    }

    /// How long a handler may take in real time; 10 seconds unless set.
    public WorkflowTest deadline(Duration limit) {
        world.bodies().deadline(limit);
        return this;
    }

    /// Where in its range each backoff falls: 0, the shortest, unless set; at most just below 1.
    public WorkflowTest jitter(double position) {
        world.open().jitter(position);
        return this;
    }

    /// The virtual time, for handlers that ask what time it is. It begins at [VirtualClock#START].
    public Clock clock() {
        return world.clock();
    }

    /// How often the handler or script of a step was called, by all tasks of this test.
    public int calls(String step) {
        return world.bodies().calls(step);
    }

    /// Creates a task with this context. Nothing runs yet.
    ///
    /// @throws dev.tasker.error.InvalidRequestException the context does not fit the template's schema
    /// @throws IllegalStateException steps are left that nothing runs
    public TaskRun start(Map<String, ? extends @Nullable Object> context) {
        return start(TaskRequest.builder(context).build());
    }

    /// Creates a task. Nothing runs yet.
    ///
    /// @throws dev.tasker.error.InvalidRequestException the request does not fit the template
    /// @throws IllegalStateException steps are left that nothing runs
    public TaskRun start(TaskRequest request) {
        template.schema()
                .ifPresent(schema -> new ContextSchema(schema)
                        .check(request.context(), template.key().toString()));
        world.bodies().load();
        return new TaskRun(world, template, world.create(request));
    }

    /// Drops the test's own database, or leaves the given one as it was found.
    @Override
    public void close() {
        boolean unfinished = !ownsDatabase && world.hasUnfinishedTasks();
        world.close();
        if (ownsDatabase) {
            database.close();
        } else if (unfinished) {
            database.reset();
        }
    }
}
