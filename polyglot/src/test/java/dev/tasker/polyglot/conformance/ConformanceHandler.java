package dev.tasker.polyglot.conformance;

import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.error.StepCancelledException;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import dev.tasker.json.Json;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/// Does what the script of a conformance case says; `conformance/README.md` has the form of scripts.
public class ConformanceHandler extends StepHandler {
    private static final Duration CANCELLED_AFTER_MAX = Duration.ofSeconds(20);

    private @Nullable Task task;
    private @Nullable Sequence sequence;
    private @Nullable Step step;
    private @Nullable Object output;
    private @Nullable Object initialResults;

    public ConformanceHandler(Map<String, @Nullable Object> config) {
        super(config);
    }

    /// The class that stands in Java for a handler of the cases.
    public static String classOf(String handler) {
        return switch (handler) {
            case "Conformance" -> ConformanceHandler.class.getName();
            case "conformance.declares" -> DeclaringHandler.class.getName();
            default -> throw new IllegalArgumentException("there is no handler " + handler + " in Java");
        };
    }

    @Override
    public @Nullable Object process(Task given, Sequence before, Step current) {
        task = given;
        sequence = before;
        step = current;
        return valueOf(config().get("process"));
    }

    @Override
    public @Nullable Object processResults(Step current, @Nullable Object made, @Nullable Object initial)
            throws Exception {
        if (!config().containsKey("process_results")) {
            return super.processResults(current, made, initial);
        }
        output = made;
        initialResults = initial;
        return valueOf(config().get("process_results"));
    }

    private @Nullable Object valueOf(@Nullable Object script) {
        return switch (script) {
            case Map<?, ?> map -> {
                Map<Object, @Nullable Object> values = new LinkedHashMap<>();
                map.forEach((key, each) -> values.put(key, valueOf(each)));
                yield values;
            }
            case List<?> list -> operation(list.getFirst().toString(), list.subList(1, list.size()));
            case null, default -> script;
        };
    }

    private @Nullable Object operation(String operation, List<?> rest) {
        Object first = rest.isEmpty() ? null : rest.getFirst();
        return switch (operation) {
            case "value" -> first;
            case "do" -> values(rest).getLast();
            case "list" -> values(rest);
            case "context" -> below(task.context(), rest);
            case "config" -> below(config(), rest);
            case "inputs" -> below(step.inputs(), rest);
            case "task" -> taskField(first.toString());
            case "step" -> stepField(first.toString());
            case "results_of" -> below(sequence.resultsOf(first.toString()), rest.subList(1, rest.size()));
            case "find" -> {
                Sequence.Ancestor found = sequence.findStepByName(first.toString());
                yield Arrays.asList(found.name(), found.state(), found.results());
            }
            case "output" -> output;
            case "initial_results" -> initialResults;
            case "attempt" -> valueOf(rest.get(Math.min(step.attempts(), rest.size()) - 1));
            case "make" -> make(first.toString(), rest.size() > 1 ? (int) rest.get(1) : 0);
            case "raise" -> throw new IllegalStateException(first.toString());
            case "raise_oddly" -> throw new AssertionError();
            case "retryable" -> throw retryable(first.toString(), options(rest));
            case "permanent" -> throw permanent(first.toString(), options(rest));
            case "permanent_after" ->
                throw (RuntimeException)
                        new PermanentError(first.toString()).initCause(new IllegalStateException(rest.get(1) + ""));
            case "rescue" -> rescued(first);
            case "publish", "log", "heartbeat" -> {
                act(operation, rest);
                yield null;
            }
            case "checkpoint" -> progress().checkpoint();
            case "until_cancelled" -> {
                awaitCancellation();
                yield null;
            }
            case "is_cancelled" -> progress().isCancelled();
            case "read_text" -> readText(first.toString());
            default -> read(operation, rest);
        };
    }

    private @Nullable Object read(String operation, List<?> rest) {
        Object value = valueOf(rest.getFirst());
        return switch (operation) {
            case "copy" -> value instanceof Map<?, ?> map ? new LinkedHashMap<>(map) : new ArrayList<>((List<?>) value);
            case "length" -> length(value);
            case "has" -> ((Map<?, ?>) value).containsKey(rest.get(1));
            case "keys" -> new ArrayList<>(((Map<?, ?>) value).keySet());
            case "reversed" -> ((List<?>) value).reversed();
            case "sum" -> sum(values(rest));
            case "joined" ->
                String.join("", values(rest).stream().map(Object::toString).toList());
            case "kind" -> kindOf(value);
            case "through_json" -> Json.parse(Json.write(value), "value");
            case "set" -> set(value, rest.get(1), rest.get(2));
            default -> throw new IllegalArgumentException("there is no operation " + operation);
        };
    }

    private List<@Nullable Object> values(List<?> scripts) {
        List<@Nullable Object> values = new ArrayList<>();
        scripts.forEach(script -> values.add(valueOf(script)));
        return values;
    }

    private Map<?, ?> options(List<?> rest) {
        return rest.size() > 1 ? (Map<?, ?>) valueOf(rest.get(1)) : Map.of();
    }

    private Object taskField(String name) {
        return switch (name) {
            case "task_id" -> task.taskId().toString();
            case "namespace" -> task.namespace();
            case "name" -> task.name();
            case "version" -> task.version();
            case "initiator" -> task.initiator();
            case "source_system" -> task.sourceSystem();
            case "reason" -> task.reason();
            case "tags" -> task.tags();
            case "correlation_id" -> task.correlationId();
            case "requested_at" -> task.requestedAt().toString();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private Object stepField(String name) {
        return switch (name) {
            case "workflow_step_id" -> step.stepId().toString();
            case "name" -> step.name();
            case "attempts" -> step.attempts();
            case "retry_limit" -> step.retryLimit();
            default -> throw new IllegalArgumentException(name);
        };
    }

    @SuppressWarnings("unchecked") // as scripts are written
    private static RetryableError retryable(String message, Map<?, ?> options) {
        Number seconds = (Number) options.get("retry_after");
        Duration delay = seconds == null ? null : Duration.ofMillis(Math.round(seconds.doubleValue() * 1000));
        return new RetryableError(message, delay, (Map<String, ?>) orEmpty(options.get("context")));
    }

    @SuppressWarnings("unchecked") // as scripts are written
    private static PermanentError permanent(String message, Map<?, ?> options) {
        String code = (String) options.get("error_code");
        return new PermanentError(message, code, (Map<String, ?>) orEmpty(options.get("context")));
    }

    private static Object orEmpty(@Nullable Object context) {
        return context == null ? Map.of() : context;
    }

    private @Nullable Object rescued(@Nullable Object script) {
        try {
            return valueOf(script);
        } catch (PermanentError error) {
            return Arrays.asList("permanent", error.errorCode().orElse(null), error.context());
        } catch (RetryableError error) {
            Optional<Double> delay = error.retryAfter().map(after -> after.toMillis() / 1000.0);
            return Arrays.asList("retryable", delay.orElse(null), error.context());
        } catch (StepCancelledException error) {
            return List.of("cancelled");
        } catch (RuntimeException error) {
            return List.of("other");
        }
    }

    @SuppressWarnings("unchecked") // as scripts are written
    private void act(String operation, List<?> rest) {
        switch (operation) {
            case "publish" -> publish(rest.getFirst().toString(), (Map<String, Object>) valueOf(rest.get(1)));
            case "log" -> {
                Map<String, ?> fields = rest.size() > 2 ? (Map<String, ?>) valueOf(rest.get(2)) : Map.of();
                Level level = Level.valueOf(rest.getFirst().toString().toUpperCase(Locale.ROOT));
                log().write(level, rest.get(1).toString(), fields);
            }
            default -> {
                if (rest.isEmpty()) {
                    progress().heartbeat();
                } else {
                    progress().heartbeat(valueOf(rest.getFirst()));
                }
            }
        }
    }

    private void awaitCancellation() {
        long deadline = System.nanoTime() + CANCELLED_AFTER_MAX.toNanos();
        while (!progress().isCancelled()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("nobody has cancelled the attempt");
            }
            Thread.onSpinWait();
        }
    }

    private static @Nullable Object below(@Nullable Object value, List<?> path) {
        Object found = value;
        for (Object key : path) {
            found = found instanceof List<?> list ? list.get((int) key) : ((Map<?, ?>) found).get(key);
        }
        return found;
    }

    private static long length(Object value) {
        return switch (value) {
            case Map<?, ?> map -> map.size();
            case List<?> list -> list.size();
            default -> value.toString().codePoints().count();
        };
    }

    private static Object sum(List<?> numbers) {
        if (numbers.stream().anyMatch(Double.class::isInstance)) {
            return numbers.stream()
                    .mapToDouble(each -> ((Number) each).doubleValue())
                    .sum();
        }
        return numbers.stream().map(each -> new BigInteger(each.toString())).reduce(BigInteger.ZERO, BigInteger::add);
    }

    private static String kindOf(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Boolean _ -> "boolean";
            case Integer _, Long _, BigInteger _ -> "integer";
            case Double _ -> "float";
            case String _ -> "text";
            case List<?> _ -> "list";
            case Map<?, ?> _ -> "map";
            default -> value.getClass().getName();
        };
    }

    @SuppressWarnings("unchecked") // as scripts are written
    private static @Nullable Object set(Object container, Object key, Object value) {
        if (container instanceof List<?>) {
            return ((List<Object>) container).set((int) key, value);
        }
        return ((Map<Object, Object>) container).put(key, value);
    }

    private static Object make(String what, int size) {
        return switch (what) {
            case "nan" -> Double.NaN;
            case "infinity" -> Double.NEGATIVE_INFINITY;
            case "nul_text" -> "a\0b";
            case "half_character" -> "a\ud83c";
            case "bytes" -> new byte[] {-1, 0};
            case "function" -> (Runnable) () -> {};
            case "object" -> new Object();
            case "number_key" -> Map.of(7, "x");
            case "cycle" -> {
                Map<String, Object> value = new HashMap<>();
                value.put("child", new HashMap<>(Map.of("parent", value)));
                yield value;
            }
            case "nested" ->
                Stream.<Object>iterate(1, inner -> Collections.singletonList(inner))
                        .skip(size)
                        .findFirst()
                        .orElseThrow();
            case "wide" -> Collections.nCopies(size, 1);
            case "long_text" -> "x".repeat(size);
            case "power_of_two" -> BigInteger.TWO.pow(size);
            case "half" -> 0.5;
            default -> throw new IllegalArgumentException("there is no value " + what);
        };
    }
}
