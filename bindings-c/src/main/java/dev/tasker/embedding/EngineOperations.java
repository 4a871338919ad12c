package dev.tasker.embedding;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.NotFoundException;
import dev.tasker.event.EventPublisher.Subscription;
import dev.tasker.event.SubscriptionDeclaration;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateReference;
import dev.tasker.operation.Change;
import dev.tasker.operation.Operator;
import dev.tasker.operation.StepAction;
import dev.tasker.operation.TaskAction;
import dev.tasker.query.TaskDocument;
import dev.tasker.readiness.WaitReason;
import dev.tasker.request.TaskRequestReader;
import dev.tasker.runtime.Tasker;
import dev.tasker.store.TemplateStore.Registration;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.template.TemplateParser;
import dev.tasker.transition.TaskState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The operations of `tasker_call`: a JSON object in, a JSON value out. Safe from any thread.
final class EngineOperations {
    /// What a handler asks for while it runs.
    static final String WORK = "work";

    private static final Duration WAIT_MAX = Duration.ofHours(1);
    /// How long a wait may keep an engine from closing.
    private static final Duration WAIT_SLICE = Duration.ofMillis(500);

    private final Tasker tasker;
    private final EmbeddedHost host;
    private final Answers answers;
    private final Optional<String> environment;
    private final BooleanSupplier isClosing;
    private final Map<String, Operation> operations = new TreeMap<>();
    private final Map<String, RegisteredTemplate> templates = new ConcurrentHashMap<>();
    private final Map<String, Subscription> subscriptions = new ConcurrentHashMap<>();

    @FunctionalInterface
    private interface Operation {
        @Nullable
        Object perform(Arguments arguments) throws InterruptedException;
    }

    /// @param environment of templates for which the program names none
    /// @param isClosing   whether those who wait are to leave
    EngineOperations(
            Tasker tasker,
            EmbeddedHost host,
            Answers answers,
            Optional<String> environment,
            BooleanSupplier isClosing) {
        this.tasker = tasker;
        this.host = host;
        this.answers = answers;
        this.environment = environment;
        this.isClosing = isClosing;
        operations.put("start", _ -> start());
        operations.put("register_template", this::registerTemplate);
        operations.put("register_handlers", this::registerHandlers);
        operations.put("subscribe", this::subscribe);
        operations.put("unsubscribe", this::unsubscribe);
        operations.put("create_task", this::createTask);
        operations.put("get_task", this::getTask);
        operations.put("wait_task", this::waitTask);
        operations.put("why_step", this::whyStep);
        operations.put("run_task", this::runTask);
        operations.put(WORK, this::work);
        for (TaskAction action : TaskAction.all()) {
            operations.put(action.key() + "_task", arguments -> act(withAttempts(action, arguments), arguments));
        }
        for (StepAction action : StepAction.all()) {
            String name = action.key().replace("_manually", "") + "_step";
            operations.put(name, arguments -> act(withValues(action, arguments), arguments));
        }
    }

    /// What there is.
    Set<String> names() {
        return operations.keySet();
    }

    /// Performs an operation.
    ///
    /// @throws InvalidRequestException REQUEST_INVALID: there is none of that name, or an argument makes no sense
    @Nullable
    Object call(String name, Map<String, @Nullable Object> arguments) throws InterruptedException {
        Operation operation = operations.get(name);
        if (operation == null) {
            throw invalid("there is no operation `" + name + "`; there are " + String.join(", ", operations.keySet()));
        }
        return operation.perform(new Arguments(arguments));
    }

    static TaskId taskId(long value) {
        if (value < 1) {
            throw invalid("the task id " + value + " must be 1 or more");
        }
        return new TaskId(value);
    }

    private @Nullable Object start() {
        tasker.start();
        return null;
    }

    private Map<String, @Nullable Object> registerTemplate(Arguments arguments) {
        TemplateParser parser =
                new TemplateParser(arguments.optionalText("environment").or(() -> environment));
        Registration registration = tasker.register(
                arguments.optionalText("path").isPresent()
                        ? parser.parse(Path.of(arguments.text("path")))
                        : parser.parse(arguments.text("yaml"), "yaml"));
        RegisteredTemplate template = registration.template();
        templates.clear();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("named_task_id", template.namedTaskId());
        json.put("namespace", template.template().key().namespace());
        json.put("name", template.template().key().name());
        json.put("version", template.template().key().version().toString());
        json.put("outcome", registration.outcome().name().toLowerCase(Locale.ROOT));
        return json;
    }

    private Map<String, @Nullable Object> registerHandlers(Arguments arguments) {
        List<String> keys = new ArrayList<>();
        for (Object element : arguments.list("handlers")) {
            Arguments handler = Arguments.of(element, "handlers");
            HandlerKey key = new HandlerKey(host.runtime(), handler.text("name"));
            host.declare(key, HandlerDeclaration.of(key, handler.object("declaration")));
            tasker.loadHandler(new HandlerSource(key, null));
            keys.add(key.toString());
        }
        return Map.of("registered", keys);
    }

    private Map<String, @Nullable Object> subscribe(Arguments arguments) {
        String subscriber = arguments.text("class");
        String name = arguments.optionalText("name").orElse(subscriber);
        SubscriptionDeclaration declaration = new SubscriptionDeclaration(
                name,
                subscriber,
                host.runtime(),
                Optional.empty(),
                true,
                arguments.texts("events"),
                arguments.optionalText("template").map(EngineOperations::reference),
                arguments.truth("durable"),
                arguments.object("config"),
                "subscribe");
        subscriptions.put(name, tasker.subscribers().add(declaration));
        return Map.of("name", name);
    }

    private Map<String, @Nullable Object> unsubscribe(Arguments arguments) {
        Subscription subscription = subscriptions.remove(arguments.text("name"));
        if (subscription != null) {
            subscription.close();
        }
        return Map.of("was_subscribed", subscription != null);
    }

    private Map<String, @Nullable Object> createTask(Arguments arguments) {
        Map<String, @Nullable Object> request = new LinkedHashMap<>(arguments.values());
        request.remove("template");
        request.remove("duplicates");
        RegisteredTemplate template = template(arguments.text("template"));
        Duplicates duplicates = arguments
                .optionalText("duplicates")
                .map(EngineOperations::duplicates)
                .orElse(Duplicates.REFUSE);
        CreatedTask created = tasker.creation()
                .create(template, List.of(TaskRequestReader.read(request)), duplicates)
                .getFirst();
        return Map.of("task_id", created.id().value(), "created", created.created());
    }

    private static Duplicates duplicates(String name) {
        return switch (name) {
            case "refuse" -> Duplicates.REFUSE;
            case "skip" -> Duplicates.SKIP;
            default -> throw invalid("`duplicates` must be refuse or skip, not `" + name + "`");
        };
    }

    /// Kept: a template of a version changes only where nothing uses it, and the newest version is asked for each time.
    private RegisteredTemplate template(String name) {
        TemplateReference reference = reference(name);
        return reference.version().isPresent()
                ? templates.computeIfAbsent(name, _ -> tasker.template(reference))
                : tasker.template(reference);
    }

    private static TemplateReference reference(String name) {
        return TemplateReference.parse(name)
                .orElseThrow(() -> invalid("`" + name + "` names no template; the form is [namespace.]name[@version]"));
    }

    private Map<String, @Nullable Object> getTask(Arguments arguments) {
        TaskSnapshot task = tasker.task(taskId(arguments.number("task_id")));
        Map<String, @Nullable Object> json = TaskDocument.of(task);
        if (Boolean.FALSE.equals(arguments.values().get("transitions"))) {
            json.remove("transitions");
        }
        return json;
    }

    private Map<String, @Nullable Object> waitTask(Arguments arguments) throws InterruptedException {
        Duration limit = Duration.ofMillis(Math.clamp(arguments.number("timeout_ms"), 0, WAIT_MAX.toMillis()));
        TaskId task = taskId(arguments.number("task_id"));
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            long left = end - System.nanoTime();
            TaskState state = tasker.awaitEnd(task, Duration.ofNanos(Math.clamp(left, 0, WAIT_SLICE.toNanos())));
            if (state.isTerminal() || left <= WAIT_SLICE.toNanos()) {
                return Map.of("state", state.key());
            }
            if (isClosing.getAsBoolean()) {
                // Not by an interrupt, which would break the connection of whoever is at the database.
                throw new InterruptedException("the engine closes");
            }
        }
    }

    private List<Map<String, @Nullable Object>> whyStep(Arguments arguments) {
        return tasker.whyWaits(stepId(arguments)).stream()
                .map(EngineOperations::reason)
                .toList();
    }

    private static Map<String, @Nullable Object> reason(WaitReason reason) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("reason", reason.kind().name().toLowerCase(Locale.ROOT));
        json.put("explanation", reason.explanation());
        json.put("waits_until", reason.waitsUntil().map(Object::toString).orElse(null));
        json.put("details", reason.details());
        return json;
    }

    /// Runs a task's steps as work for whoever takes it, and gives the verdict as work too: for programs that cannot
    /// lend a thread to each job.
    private @Nullable Object runTask(Arguments arguments) {
        TaskId task = taskId(arguments.number("task_id"));
        Map<String, @Nullable Object> head = new LinkedHashMap<>();
        head.put("kind", "verdict");
        head.put("task_id", task.value());
        head.put("job", arguments.values().get("job"));
        Thread.ofVirtual()
                .name("tasker-job-" + task)
                .start(() -> answers.give(head, () -> EmbeddedEngine.json(tasker.runTask(task))));
        return null;
    }

    /// With a `call`, an HTTP call is only begun; its answer comes as work.
    private @Nullable Object work(Arguments arguments) throws InterruptedException {
        long id = arguments.number("work_id");
        String operation = arguments.text("operation");
        List<?> list = arguments.list("arguments");
        Object call = arguments.values().get("call");
        WorkCalls calls = host.find(id)
                .orElseThrow(() -> new NotFoundException(
                        ErrorCode.STEP_NOT_FOUND, "there is no work " + id + " any more", Map.of("work_id", id)))
                .calls();
        if (call == null) {
            return calls.call(operation, list);
        }
        if (!WorkCalls.EXCHANGES.contains(operation)) {
            throw invalid("only " + String.join(" and ", WorkCalls.EXCHANGES) + " take a `call`, not " + operation);
        }
        Map<String, @Nullable Object> head = new LinkedHashMap<>();
        head.put("kind", "answer");
        head.put("work_id", id);
        head.put("call", call);
        calls.begin(() -> answers.give(head, () -> Collections.singletonMap("answer", calls.call(operation, list))));
        return null;
    }

    private static TaskAction withAttempts(TaskAction action, Arguments arguments) {
        return action instanceof TaskAction.Retry ? new TaskAction.Retry(arguments.truth("reset_attempts")) : action;
    }

    private static StepAction withValues(StepAction action, Arguments arguments) {
        return switch (action) {
            case StepAction.Retry _ -> new StepAction.Retry(arguments.truth("reset_attempts"));
            case StepAction.Complete _ ->
                new StepAction.Complete(arguments.values().get("results"));
            default -> action;
        };
    }

    private List<Map<String, @Nullable Object>> act(TaskAction action, Arguments arguments) {
        return changes(tasker.operations().perform(action, taskId(arguments.number("task_id")), operator(arguments)));
    }

    private List<Map<String, @Nullable Object>> act(StepAction action, Arguments arguments) {
        return changes(tasker.operations().perform(action, stepId(arguments), operator(arguments)));
    }

    private static Operator operator(Arguments arguments) {
        return new Operator(arguments.text("operator"), arguments.text("reason"));
    }

    /// A step by its id, or by its name in a task.
    private StepId stepId(Arguments arguments) {
        if (arguments.values().get("step_id") != null) {
            return new StepId(arguments.number("step_id"));
        }
        TaskId task = taskId(arguments.number("task_id"));
        String name = arguments.text("step");
        return tasker.task(task).steps().stream()
                .filter(step -> step.name().equals(name))
                .map(StepSnapshot::id)
                .findFirst()
                .orElseThrow(() -> new NotFoundException(
                        ErrorCode.STEP_NOT_FOUND,
                        "task " + task + " has no step `" + name + "`",
                        Map.of("task_id", task.value(), "step", name)));
    }

    private static List<Map<String, @Nullable Object>> changes(List<Change> changes) {
        return changes.stream().map(EngineOperations::change).toList();
    }

    private static Map<String, @Nullable Object> change(Change change) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("task_id", change.task().value());
        json.put("step", change.step().map(step -> step.name()).orElse(null));
        json.put("from_state", change.from());
        json.put("to_state", change.to());
        json.put("at", change.at().toString());
        return json;
    }

    private static InvalidRequestException invalid(String message) {
        return new InvalidRequestException(ErrorCode.REQUEST_INVALID, message, Map.of());
    }

    /// The arguments of an operation, read with their names in errors.
    private record Arguments(Map<String, @Nullable Object> values) {
        @SuppressWarnings("unchecked") // JSON objects have text keys
        static Arguments of(@Nullable Object value, String name) {
            if (value instanceof Map<?, ?> map) {
                return new Arguments((Map<String, @Nullable Object>) map);
            }
            throw invalid("`" + name + "` must hold objects");
        }

        String text(String name) {
            return optionalText(name).orElseThrow(() -> invalid("`" + name + "` is missing; it must be text"));
        }

        Optional<String> optionalText(String name) {
            return switch (values.get(name)) {
                case null -> Optional.empty();
                case String text -> Optional.of(text);
                default -> throw invalid("`" + name + "` must be text");
            };
        }

        long number(String name) {
            if (values.get(name) instanceof Number number && number.doubleValue() == number.longValue()) {
                return number.longValue();
            }
            throw invalid("`" + name + "` must be a whole number");
        }

        boolean truth(String name) {
            return switch (values.get(name)) {
                case null -> false;
                case Boolean truth -> truth;
                default -> throw invalid("`" + name + "` must be true or false");
            };
        }

        List<?> list(String name) {
            return switch (values.get(name)) {
                case null -> List.of();
                case List<?> list -> list;
                default -> throw invalid("`" + name + "` must be a list");
            };
        }

        List<String> texts(String name) {
            List<String> texts = new ArrayList<>();
            for (Object element : list(name)) {
                if (!(element instanceof String text)) {
                    throw invalid("`" + name + "` must hold texts");
                }
                texts.add(text);
            }
            return texts;
        }

        Map<String, @Nullable Object> object(String name) {
            return values.get(name) == null
                    ? Map.of()
                    : of(values.get(name), name).values();
        }
    }
}
