package dev.tasker.testing;

import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.StepHandler;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepResult;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What runs when a step is claimed: a script, a handler that the test gave, the class that the template
/// names, or the host of another language; in this order.
final class Bodies {
    private final Template template;
    private final Map<String, Script> scripts = new HashMap<>();
    private final Map<String, JavaHandlerFactory> handlers = new HashMap<>();
    private final Map<HandlerRuntime, HandlerHost> hosts = new EnumMap<>(HandlerRuntime.class);
    private final Set<HandlerSource> loaded = new HashSet<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private Optional<Script> rest = Optional.empty();
    private Duration deadline = Duration.ofSeconds(10);

    Bodies(Template template) {
        this.template = template;
    }

    /// What came of a handler, and how long it takes in virtual time; empty: for ever.
    record Played(StepResult result, Optional<Duration> takes) {}

    void script(String step, Script script) {
        scripts.put(known(step), script);
    }

    void scriptRest(Script script) {
        rest = Optional.of(script);
    }

    void handler(String step, Function<Map<String, @Nullable Object>, StepHandler> constructor) {
        handlers.put(
                known(step),
                JavaHandlerFactory.of(template.step(step).handlerKey().handlerClass(), constructor));
    }

    void host(HandlerHost host) {
        hosts.put(host.runtime(), host);
    }

    void deadline(Duration limit) {
        deadline = limit;
    }

    int calls(String step) {
        return calls.getOrDefault(known(step), 0);
    }

    /// Loads what is not scripted.
    ///
    /// @throws IllegalStateException steps are left that nothing runs
    void load() {
        List<String> missing = template.steps().stream()
                .filter(step -> !canRun(step))
                .map(step -> step.name() + " (" + step.handlerKey() + ")")
                .toList();
        if (!missing.isEmpty()) {
            throw new IllegalStateException("nothing runs these steps of " + template.key() + ": "
                    + String.join(", ", missing) + ". Give a script(step, ...), a handler(step, ...), a host(...) for"
                    + " their language, or scriptRest(...).");
        }
    }

    void close() {
        hosts.values().forEach(HandlerHost::close);
    }

    /// Runs one attempt to its end.
    ///
    /// @throws AssertionError it took longer than the deadline in real time
    Played play(StepAttempt attempt) {
        String name = attempt.step().name();
        int call = calls.merge(name, 1, Integer::sum);
        Optional<Script> script =
                Optional.ofNullable(scripts.get(name)).or(() -> isReal(template.step(name)) ? Optional.empty() : rest);
        if (script.isPresent()) {
            Script.Answer answer = script.get().answer(call);
            JavaHandlerFactory scripted =
                    JavaHandlerFactory.of("Script", config -> Script.handler(answer.body(), config));
            return new Played(run(scripted, attempt), answer.takes());
        }
        JavaHandlerFactory handler = handlers.get(name);
        StepResult result = handler == null ? host(attempt) : run(handler, attempt);
        return new Played(result, Optional.of(Duration.ZERO));
    }

    private boolean canRun(StepTemplate step) {
        return scripts.containsKey(step.name()) || isReal(step) || rest.isPresent() || loadClass(step);
    }

    /// Whether a handler was given, or a host that has loaded it.
    private boolean isReal(StepTemplate step) {
        if (handlers.containsKey(step.name())) {
            return true;
        }
        HandlerHost host = hosts.get(step.handlerKey().runtime());
        if (host == null) {
            return false;
        }
        HandlerSource source =
                new HandlerSource(step.handlerKey(), template.handlerPath(step).orElse(null));
        if (loaded.add(source)) {
            host.load(source);
        }
        return true;
    }

    private boolean loadClass(StepTemplate step) {
        if (step.handlerKey().runtime() != HandlerRuntime.JAVA) {
            return false;
        }
        HandlerSource source =
                new HandlerSource(step.handlerKey(), template.handlerPath(step).orElse(null));
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        handlers.put(
                step.name(),
                source.file() == null && loader != null
                        ? JavaHandlerFactory.load(source, loader)
                        : JavaHandlerFactory.load(source));
        return true;
    }

    private StepResult run(JavaHandlerFactory handler, StepAttempt attempt) {
        return Deadline.run(deadline, what(attempt), () -> handler.run(attempt));
    }

    private StepResult host(StepAttempt attempt) {
        HandlerHost host = hosts.get(attempt.handlerKey().runtime());
        if (host == null) {
            throw new IllegalStateException(
                    "nothing runs step " + attempt.step().name());
        }
        CompletableFuture<StepResult> completion = new CompletableFuture<>();
        HandlerHost.RunningAttempt running = host.start(attempt, completion::complete);
        try {
            return completion.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            running.cancel();
            throw Deadline.tooLong(what(attempt), deadline);
        } catch (InterruptedException problem) {
            running.cancel();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the test was interrupted", problem);
        } catch (ExecutionException problem) {
            throw new IllegalStateException(problem);
        }
    }

    private static String what(StepAttempt attempt) {
        return "the handler of step " + attempt.step().name() + " (" + attempt.handlerKey() + ")";
    }

    private String known(String step) {
        if (template.steps().stream().noneMatch(known -> known.name().equals(step))) {
            throw new IllegalArgumentException("template " + template.key() + " has no step " + step + "; it has "
                    + template.steps().stream().map(StepTemplate::name).toList());
        }
        return step;
    }
}
