package dev.tasker.server.command;

import dev.tasker.config.SettingsReader;

/// Options of one command that stand for keys of the configuration.
interface SettingOptions {
    /// Adds those that were given.
    void addTo(SettingsReader reader);
}
