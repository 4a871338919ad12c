package dev.tasker.server.command;

import dev.tasker.config.ConfigurationKeys;
import dev.tasker.config.SettingsReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The option of commands that read template files.
final class EnvironmentOption implements SettingOptions {
    @Option(
            names = "--environment",
            paramLabel = "NAME",
            description = "Read template files with what they say of this environment (default: none).")
    private @Nullable String environment;

    @Override
    public void addTo(SettingsReader reader) {
        if (environment != null) {
            reader.option(ConfigurationKeys.ENVIRONMENT, environment, "--environment");
        }
    }
}
