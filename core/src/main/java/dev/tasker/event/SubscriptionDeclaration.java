package dev.tasker.event;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TemplateReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A subscriber as a YAML file, or a program that embeds the engine, declares it.
///
/// @param subscriberClass as the file names it
/// @param runtime         the language of the class
/// @param handlerFile     absolute path of the file with a class that is not Java's
/// @param events          empty: what the class says, in Java
/// @param template        only events about tasks of it
/// @param durable         whether it misses nothing, at the price of getting some events twice
/// @param place           file and line or the like, for errors
public record SubscriptionDeclaration(
        String name,
        String subscriberClass,
        HandlerRuntime runtime,
        Optional<Path> handlerFile,
        boolean enabled,
        List<String> events,
        Optional<TemplateReference> template,
        boolean durable,
        Map<String, @Nullable Object> config,
        String place) {
    /// The filter of this declaration.
    ///
    /// @param declared by the class
    public EventFilter filter(Subscriber declared) {
        EventFilter filter = EventFilter.of(events.isEmpty() ? declared.events() : events);
        return template.map(filter::ofTemplate).orElse(filter);
    }
}
