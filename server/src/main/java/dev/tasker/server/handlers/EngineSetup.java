package dev.tasker.server.handlers;

import dev.tasker.config.Configuration;
import dev.tasker.config.Configuration.EngineSection;
import dev.tasker.config.ConfigurationKeys;
import dev.tasker.config.Settings;
import dev.tasker.event.JavaSubscriberFactory;
import dev.tasker.request.IdentityStrategies;
import dev.tasker.runtime.Tasker;
import dev.tasker.template.TemplateParser;

/// What the configuration says about templates, new tasks and events, for an engine that was opened.
///
/// @param handlers jars there may hold the classes of subscribers
public record EngineSetup(EngineSection settings, HandlerFolder handlers) {
    /// Reads it.
    ///
    /// @throws dev.tasker.error.InvalidConfigurationException a folder that is none
    public static EngineSetup of(Settings settings, HandlerFolder handlers) {
        // Only a look: they are read when the engine is there.
        settings.folders(ConfigurationKeys.CUSTOM_EVENTS_DIRECTORIES);
        settings.folders(ConfigurationKeys.SUBSCRIPTIONS_DIRECTORIES);
        return new EngineSetup(Configuration.of(settings).engine(), handlers);
    }

    /// Reads template files as the configured environment knows them.
    public TemplateParser parser() {
        return new TemplateParser(settings.environment());
    }

    /// How tasks are told apart.
    public IdentityStrategies identities() {
        IdentityStrategies identities = new IdentityStrategies();
        identities.useByDefault(settings.identityStrategy());
        return identities;
    }

    /// Applies it to an engine, before its first template. Durable subscribers need the database.
    ///
    /// @throws dev.tasker.error.TaskerException EVENT_INVALID, SUBSCRIPTION_INVALID, SUBSCRIBER_CLASS_MISSING or
    ///     REGISTRATION_DUPLICATE, with file and line
    public void applyTo(Tasker tasker) {
        tasker.creation().identities().useByDefault(settings.identityStrategy());
        settings.customEventsDirectories().forEach(tasker.subscribers()::loadEvents);
        if (!settings.subscriptionsDirectories().isEmpty()) {
            JavaSubscriberFactory factory = new JavaSubscriberFactory(handlers.classLoader());
            settings.subscriptionsDirectories()
                    .forEach(folder -> tasker.subscribers().load(folder, factory));
        }
    }
}
