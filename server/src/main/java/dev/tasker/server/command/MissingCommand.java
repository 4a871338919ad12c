package dev.tasker.server.command;

import dev.tasker.server.output.ExitCode;
import dev.tasker.server.output.Streams;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/// Answers a group of commands that was called without one of them.
final class MissingCommand {
    private MissingCommand() {}

    static int explain(@Nullable CommandSpec group, Streams streams) {
        if (group != null) {
            group.commandLine().usage(streams.err());
        }
        return ExitCode.BAD_INPUT.number();
    }
}
