package dev.tasker.server.command;

import dev.tasker.server.output.Streams;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// What surrounds one command: its streams, environment and process.
///
/// @param home       the folder of this installation, where the examples are
/// @param interrupts what Ctrl-C does
/// @param ownsTerminal whether standard error may be a terminal that can be drawn on
public record Invocation(
        Streams streams,
        Map<String, String> environment,
        Optional<Path> home,
        Interrupts interrupts,
        boolean ownsTerminal) {
    public Invocation {
        environment = Map.copyOf(environment);
    }
}
