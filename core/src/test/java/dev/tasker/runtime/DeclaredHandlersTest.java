package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerInfo;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeclaredHandlersTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Tasker tasker = Tasker.open(
            DATABASE.dataSource(), TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50)), List.of());

    @AfterEach
    void close() {
        tasker.close();
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @HandlerInfo(
            description = "Charges the card of an order.",
            retryLimit = 7,
            timeoutSeconds = 42,
            concurrency = 2,
            backoff = "{\"strategy\": \"fixed\", \"base_seconds\": 3}",
            inputsSchema = "{\"required\": [\"cents\"]}",
            resultSchema = "{\"type\": \"object\", \"required\": [\"charged\"]}",
            customEvents = "order.charged")
    public static class Charge extends StepHandler {
        public Charge(Map<String, @Nullable Object> config) {
            super(config);
        }

        @Override
        public @Nullable Object process(Task task, Sequence sequence, Step step) {
            return task.context().get("result");
        }
    }

    private Template charging(String keys) {
        return template("charge|handler_class: " + Charge.class.getName() + (keys.isEmpty() ? "" : "; " + keys));
    }

    private TaskId run(Template template, Map<String, @Nullable Object> context) {
        tasker.loadHandlers(template, Set.of(HandlerRuntime.JAVA));
        RegisteredTemplate registered = tasker.register(template).template();
        TaskId task = tasker.create(registered, TaskRequest.builder(context).build());
        tasker.start();
        return task;
    }

    private static Map<String, Object> stored(Template template) throws SQLException {
        try (Connection connection = DATABASE.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT step.default_retry_limit, step.timeout_seconds, step.concurrency, step.backoff ->> 'strategy',"
                                + " step.custom_events ->> 0 FROM tasker.named_tasks_named_steps AS step"
                                + " JOIN tasker.named_tasks AS task USING (named_task_id) WHERE task.name = '"
                                + template.key().name() + "'")) {
            rows.next();
            return Map.of(
                    "retry_limit",
                    rows.getInt(1),
                    "timeout_seconds",
                    rows.getInt(2),
                    "concurrency",
                    rows.getInt(3),
                    "backoff",
                    String.valueOf(rows.getString(4)),
                    "event",
                    String.valueOf(rows.getString(5)));
        }
    }

    @SuppressWarnings("unchecked") // errors are JSON objects
    private Map<String, Object> errorOf(TaskId task) {
        return (Map<String, Object>)
                Objects.requireNonNull(tasker.task(task).steps().getFirst().error());
    }

    @Test
    void whatATemplateLeavesOutIsTakenFromTheClass() throws Exception {
        Template template = charging("");
        TaskId task = run(template, Map.of("cents", 5, "result", Map.of("charged", 5)));

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
        assertThat(tasker.task(task).steps().getFirst().retryLimit()).isEqualTo(7);
        assertThat(stored(template))
                .isEqualTo(Map.of(
                        "retry_limit",
                        7,
                        "timeout_seconds",
                        42,
                        "concurrency",
                        2,
                        "backoff",
                        "fixed",
                        "event",
                        "order.charged"));
    }

    @Test
    void whatATemplateSaysHoldsAgainstTheClass() throws Exception {
        Template template =
                charging("default_retry_limit: 2; timeout_seconds: 9; concurrency: 5; backoff: {strategy: linear}");
        tasker.loadHandlers(template, Set.of(HandlerRuntime.JAVA));
        tasker.register(template);

        assertThat(stored(template))
                .isEqualTo(Map.of(
                        "retry_limit",
                        2,
                        "timeout_seconds",
                        9,
                        "concurrency",
                        5,
                        "backoff",
                        "linear",
                        "event",
                        "order.charged"));
    }

    @Test
    void aTemplateThatWasRegisteredElsewhereIsCompletedByTheWorkerThatLoadsItsHandlers() throws Exception {
        Template template = charging("");
        tasker.register(template);
        assertThat(stored(template)).containsEntry("retry_limit", 3);

        tasker.start();
        tasker.loadHandlers(template, Set.of(HandlerRuntime.JAVA));

        assertThat(stored(template)).containsEntry("retry_limit", 7);
    }

    @Test
    void inputsThatDoNotFitFailTheStepBeforeItsHandlerIsEntered() throws Exception {
        TaskId task = run(charging(""), Map.of("result", Map.of("charged", 5)));

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.ERROR);
        StepSnapshot step = tasker.task(task).steps().getFirst();
        assertThat(step.attempts()).isEqualTo(1);
        assertThat(errorOf(task))
                .containsEntry("error_code", "INPUTS_INVALID")
                .containsEntry("retryable", false)
                .hasEntrySatisfying(
                        "message", message -> assertThat(message.toString()).contains("/cents: is missing"));
    }

    @Test
    void aResultThatDoesNotFitFailsTheStep() throws Exception {
        TaskId task = run(charging(""), Map.of("cents", 5, "result", Map.of("refused", true)));

        assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.ERROR);
        assertThat(errorOf(task))
                .containsEntry("error_code", "RESULT_INVALID")
                .hasEntrySatisfying(
                        "message", message -> assertThat(message.toString()).contains("/charged: is missing"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    retry_limit     | -1        | whole number from 0
                    timeout_seconds | 0.5       | whole number from 1
                    concurrency     | 0         | whole number from 1
                    retryable       | yes       | true or false
                    backoff         | fast      | must be a map
                    custom_events   | one.event | list of texts
                    colour          | red       | is not known
                    """)
    void aDeclarationThatMakesNoSenseIsRefusedWithItsKey(String key, String value, String reason) {
        HandlerKey handler = new HandlerKey(HandlerRuntime.RUBY, "Charge");
        Object declared = value.matches("-?[0-9.]+") ? (Object) Double.valueOf(value) : value;

        assertThatThrownBy(() -> HandlerDeclaration.of(handler, Map.of(key, declared)))
                .isInstanceOfSatisfying(
                        HandlerLoadException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.HANDLER_DECLARATION_INVALID))
                .hasMessageContaining("ruby:Charge declares " + key)
                .hasMessageContaining(reason);
    }
}
