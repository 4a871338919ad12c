package dev.tasker.template;

import dev.tasker.identity.HandlerKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One step of a template.
///
/// @param handlerFile    as written, relative to the template; empty where the handler is on the class path or
///     embedded
/// @param retryLimit     executions in all; the first one is always allowed
/// @param backoff        the `backoff` object as the template gives it; what it leaves out is the worker's
/// configuration
/// @param timeoutSeconds after this an attempt is cancelled
public record StepTemplate(
        String name,
        String description,
        HandlerKey handlerKey,
        Optional<String> handlerFile,
        List<String> dependsOn,
        Map<String, @Nullable Object> handlerConfig,
        String dependentSystem,
        boolean skippable,
        boolean retryable,
        int retryLimit,
        Map<String, Object> backoff,
        int timeoutSeconds,
        Optional<Integer> concurrency,
        Optional<Double> rateLimitPerSecond,
        Optional<String> delayKey,
        List<?> customEvents) {
    public StepTemplate {
        dependsOn = List.copyOf(dependsOn);
        customEvents = List.copyOf(customEvents);
    }
}
