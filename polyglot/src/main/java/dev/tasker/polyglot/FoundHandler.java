package dev.tasker.polyglot;

import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import java.nio.file.Path;
import java.util.OptionalInt;

/// A handler that a file holds.
///
/// @param className what the class is called in its language
/// @param line      where it begins, if the language tells
public record FoundHandler(
        HandlerKey key, String className, Path file, OptionalInt line, HandlerDeclaration declaration) {}
