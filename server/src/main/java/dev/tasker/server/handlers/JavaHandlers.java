package dev.tasker.server.handlers;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.StepHandler;
import dev.tasker.runtime.Tasker;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Registers Java handlers that are in jars and not on the class path. Safe from any thread.
///
/// Jars that are looked up together share one class loader, so that they may use each other.
final class JavaHandlers {
    private final Map<List<Path>, ClassLoader> loaders = new ConcurrentHashMap<>();

    /// Registers the handler of a step when a jar holds its class; otherwise leaves it to the engine, which looks
    /// on the class path and says what is missing.
    ///
    /// @throws HandlerLoadException the class is no step handler
    void register(Tasker tasker, Template template, StepTemplate step, List<Path> jars) {
        String name = step.handlerKey().handlerClass();
        boolean hasFile = step.handlerFile().isPresent() && template.source().isPresent();
        if (jars.isEmpty() || hasFile || tasker.handlers().contains(step.handlerKey())) {
            return;
        }
        try {
            Class<?> type = Class.forName(name, true, loaders.computeIfAbsent(jars, JavaHandlers::loader));
            tasker.register(name, constructor(type));
        } catch (ClassNotFoundException _) {
            // The engine's own message names the class path.
        } catch (LinkageError problem) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_LOAD_FAILED,
                    "cannot load handler class " + name + " from " + jars + ": " + problem,
                    Map.of("handler", step.handlerKey().toString()),
                    problem);
        }
    }

    private static Function<Map<String, @Nullable Object>, StepHandler> constructor(Class<?> type) {
        if (!StepHandler.class.isAssignableFrom(type)) {
            throw notAHandler(type, "does not extend " + StepHandler.class.getName());
        }
        Optional<Constructor<?>> withConfig = find(type, Map.class);
        Constructor<?> constructor = withConfig
                .or(() -> find(type))
                .orElseThrow(() ->
                        notAHandler(type, "has no public constructor without arguments or with one Map (its config)"));
        return config -> make(constructor, withConfig.isPresent() ? new Object[] {config} : new Object[0]);
    }

    private static Optional<Constructor<?>> find(Class<?> type, Class<?>... parameters) {
        try {
            return Optional.of(type.getConstructor(parameters));
        } catch (NoSuchMethodException _) {
            return Optional.empty();
        }
    }

    private static StepHandler make(Constructor<?> constructor, Object... arguments) {
        try {
            return (StepHandler) constructor.newInstance(arguments);
        } catch (InvocationTargetException problem) {
            throw problem.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(problem.getCause());
        } catch (ReflectiveOperationException problem) {
            throw new IllegalStateException("cannot make a " + constructor.getDeclaringClass(), problem);
        }
    }

    private static HandlerLoadException notAHandler(Class<?> type, String reason) {
        return new HandlerLoadException(
                ErrorCode.HANDLER_NOT_A_STEP_HANDLER,
                "class " + type.getName() + " " + reason,
                Map.of("handler", "java:" + type.getName()));
    }

    // Stays open: its classes are used for as long as the process lives.
    @SuppressWarnings("resource")
    private static ClassLoader loader(List<Path> jars) {
        URL[] urls = jars.stream().map(JavaHandlers::url).toArray(URL[]::new);
        return new URLClassLoader(urls, JavaHandlers.class.getClassLoader());
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException problem) {
            throw new IllegalStateException(problem);
        }
    }
}
