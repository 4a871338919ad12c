package dev.tasker.server.handlers;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerClassLoader;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.identity.HandlerKey;
import dev.tasker.runtime.Tasker;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Registers Java handlers that are in jars and not on the class path. Safe from any thread.
///
/// Jars that are looked up together share one class loader, so that they may use each other.
final class JavaHandlers {
    private final Map<List<Path>, ClassLoader> loaders = new ConcurrentHashMap<>();

    /// Registers a handler when a jar holds its class; otherwise leaves it to the engine, which looks
    /// on the class path and says what is missing.
    ///
    /// @param hasFile its template names a file for it
    /// @throws HandlerLoadException the class is no step handler
    void register(Tasker tasker, HandlerKey key, boolean hasFile, List<Path> jars) {
        if (jars.isEmpty() || hasFile || tasker.handlers().contains(key)) {
            return;
        }
        try {
            tasker.register(JavaHandlerFactory.load(
                    new HandlerSource(key, null), loaders.computeIfAbsent(jars, JavaHandlers::loader)));
        } catch (HandlerLoadException problem) {
            if (problem.code() != ErrorCode.HANDLER_CLASS_MISSING || problem.getCause() instanceof LinkageError) {
                throw problem;
            }
            // The engine's own message names the class path.
        }
    }

    // Stays open: its classes are used for as long as the process lives.
    @SuppressWarnings("resource")
    static ClassLoader loader(List<Path> jars) {
        return new HandlerClassLoader(
                jars.stream().map(JavaHandlers::url).toList(), JavaHandlers.class.getClassLoader());
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException problem) {
            throw new IllegalStateException(problem);
        }
    }
}
