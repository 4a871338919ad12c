package dev.tasker.execution;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerExitError;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.error.TaskerException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.json.Json;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes a new instance of one Java handler per attempt, and runs it. Safe from any thread.
public final class JavaHandlerFactory {
    private static final int CAUSES_MAX = 5;

    private final HandlerSource source;
    private final Function<Map<String, @Nullable Object>, StepHandler> constructor;
    private final HandlerDeclaration declaration;

    private JavaHandlerFactory(
            HandlerSource source,
            Function<Map<String, @Nullable Object>, StepHandler> constructor,
            HandlerDeclaration declaration) {
        this.source = source;
        this.constructor = constructor;
        this.declaration = declaration;
    }

    /// A handler that is made by a function of its `handler_config`.
    public static JavaHandlerFactory of(
            String handlerClass, Function<Map<String, @Nullable Object>, StepHandler> constructor) {
        return new JavaHandlerFactory(
                new HandlerSource(new HandlerKey(HandlerRuntime.JAVA, handlerClass), null),
                constructor,
                HandlerDeclaration.NONE);
    }

    /// Finds the class of a handler.
    ///
    /// @throws HandlerLoadException the class is missing, no [StepHandler], or has no constructor that fits
    public static JavaHandlerFactory load(HandlerSource source) {
        return load(source, classLoader(source.file()));
    }

    /// Finds the class of a handler through a class loader of the caller's.
    ///
    /// @throws HandlerLoadException the class is missing, no [StepHandler], or has no constructor that fits
    public static JavaHandlerFactory load(HandlerSource source, ClassLoader loader) {
        String name = source.key().handlerClass();
        Class<?> type;
        try {
            type = Class.forName(name, true, loader);
        } catch (ClassNotFoundException | LinkageError problem) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_CLASS_MISSING,
                    "cannot load handler class " + name + " from "
                            + Optional.ofNullable(source.file())
                                    .map(Path::toString)
                                    .orElse("the class path") + ": "
                            + problem,
                    Map.of("handler", source.key().toString()),
                    problem);
        }
        if (!StepHandler.class.isAssignableFrom(type)) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_NOT_A_STEP_HANDLER,
                    "class " + name + " does not extend " + StepHandler.class.getName(),
                    Map.of("handler", source.key().toString()));
        }
        return new JavaHandlerFactory(
                source, constructorOf(source, type.asSubclass(StepHandler.class)), declarationOf(source.key(), type));
    }

    /// What the class declares with [HandlerInfo].
    public HandlerDeclaration declaration() {
        return declaration;
    }

    private static HandlerDeclaration declarationOf(HandlerKey key, Class<?> type) {
        HandlerInfo info = type.getAnnotation(HandlerInfo.class);
        if (info == null) {
            return HandlerDeclaration.NONE;
        }
        Map<String, @Nullable Object> declared = new LinkedHashMap<>();
        declared.put("description", info.description().isEmpty() ? null : info.description());
        declared.put("retryable", info.retryable() ? null : Boolean.FALSE);
        declared.put("retry_limit", info.retryLimit() < 0 ? null : info.retryLimit());
        declared.put("timeout_seconds", info.timeoutSeconds() < 0 ? null : info.timeoutSeconds());
        declared.put("concurrency", info.concurrency() < 0 ? null : info.concurrency());
        declared.put("custom_events", info.customEvents().length == 0 ? null : List.of(info.customEvents()));
        declared.put("backoff", json(key, "backoff", info.backoff()));
        declared.put("inputs_schema", json(key, "inputs_schema", info.inputsSchema()));
        declared.put("result_schema", json(key, "result_schema", info.resultSchema()));
        return HandlerDeclaration.of(key, declared);
    }

    private static @Nullable Object json(HandlerKey handler, String key, String text) {
        try {
            return text.isEmpty() ? null : Json.parse(text, key);
        } catch (InvalidRequestException problem) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_DECLARATION_INVALID,
                    "handler " + handler + " declares a " + key + " that is no JSON: " + problem.getMessage(),
                    Map.of("handler", handler.toString(), "key", key),
                    problem);
        }
    }

    public HandlerSource source() {
        return source;
    }

    /// Runs one attempt on the calling thread; whatever the handler throws becomes a failure.
    public StepResult run(StepAttempt attempt) {
        try {
            StepHandler handler = constructor.apply(attempt.step().config());
            handler.bind(attempt);
            Object output = handler.process(attempt.task(), attempt.sequence(), attempt.step());
            return new StepResult.Success(handler.processResults(attempt.step(), output, attempt.previousResults()));
        } catch (Throwable problem) {
            // Errors too: an attempt without an outcome would keep its slot and run into its timeout.
            return new StepResult.Failure(describe(problem, CAUSES_MAX));
        }
    }

    private static Function<Map<String, @Nullable Object>, StepHandler> constructorOf(
            HandlerSource source, Class<? extends StepHandler> type) {
        Optional<Constructor<?>> withConfig = publicConstructor(type, Map.class);
        Constructor<?> found = withConfig
                .or(() -> publicConstructor(type))
                .orElseThrow(() -> new HandlerLoadException(
                        ErrorCode.HANDLER_NOT_A_STEP_HANDLER,
                        "class " + type.getName() + " has no public constructor without arguments or with one Map",
                        Map.of("handler", source.key().toString())));
        return config -> {
            try {
                return (StepHandler) (withConfig.isPresent() ? found.newInstance(config) : found.newInstance());
            } catch (InvocationTargetException problem) {
                throw problem.getCause() instanceof RuntimeException cause
                        ? cause
                        : new IllegalStateException(problem.getCause());
            } catch (ReflectiveOperationException problem) {
                throw new IllegalStateException("cannot make a " + type.getName(), problem);
            }
        };
    }

    private static Optional<Constructor<?>> publicConstructor(Class<?> type, Class<?>... parameters) {
        return Arrays.stream(type.getConstructors())
                .filter(candidate -> Arrays.equals(candidate.getParameterTypes(), parameters))
                .findFirst();
    }

    // Kept open on purpose: its classes are used for as long as the worker lives.
    @SuppressWarnings("resource")
    private static ClassLoader classLoader(@Nullable Path file) {
        ClassLoader parent = JavaHandlerFactory.class.getClassLoader();
        if (file == null) {
            return parent;
        }
        if (!Files.exists(file)) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_FILE_MISSING,
                    "handler file " + file + " does not exist",
                    Map.of("file", file.toString()));
        }
        try {
            return new HandlerClassLoader(List.of(file.toUri().toURL()), parent);
        } catch (MalformedURLException problem) {
            throw new IllegalStateException(problem);
        }
    }

    private static StepError describe(Throwable problem, int causesLeft) {
        Throwable cause = problem.getCause();
        return new StepError(
                problem.getClass().getName(),
                Optional.ofNullable(problem.getMessage())
                        .orElse(problem.getClass().getSimpleName()),
                errorCode(problem),
                !(problem instanceof PermanentError),
                problem instanceof RetryableError error ? error.retryAfter().orElse(null) : null,
                context(problem),
                cause == null || causesLeft == 0 ? null : describe(cause, causesLeft - 1),
                backtrace(problem));
    }

    private static @Nullable String errorCode(Throwable problem) {
        return switch (problem) {
            case PermanentError error -> error.errorCode().orElse(null);
            case TaskerException error -> error.code().name();
            case OutOfMemoryError _ -> ErrorCode.MEMORY_EXHAUSTED.name();
            case HandlerExitError _ -> ErrorCode.HANDLER_CRASHED.name();
            default -> null;
        };
    }

    private static Map<String, Object> context(Throwable problem) {
        return switch (problem) {
            case PermanentError error -> error.context();
            case RetryableError error -> error.context();
            default -> Map.of();
        };
    }

    /// The handler's own frames: from where it was thrown up to where Tasker called it.
    private static List<String> backtrace(Throwable problem) {
        return Arrays.stream(problem.getStackTrace())
                .takeWhile(frame -> !frame.getClassName().equals(JavaHandlerFactory.class.getName()))
                .map(frame -> frame.getFileName() + ":" + frame.getLineNumber() + ":in " + frame.getClassName() + "."
                        + frame.getMethodName())
                .toList();
    }
}
