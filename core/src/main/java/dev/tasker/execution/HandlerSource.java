package dev.tasker.execution;

import dev.tasker.identity.HandlerKey;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where the code of a handler is.
///
/// @param file absolute path of the guest file, or for Java of a jar or a folder of classes; null: the class path
public record HandlerSource(HandlerKey key, @Nullable Path file) {}
