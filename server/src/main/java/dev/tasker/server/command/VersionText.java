package dev.tasker.server.command;

import dev.tasker.runtime.Version;
import picocli.CommandLine.IVersionProvider;

/// What `--version` prints.
final class VersionText implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"tasker " + Version.CURRENT + ", Java " + Runtime.version()};
    }
}
