package dev.tasker.event;

import org.jspecify.annotations.Nullable;

/// One field of a payload.
///
/// @param always  whether every event of that name has it
/// @param example null where none is known
public record PayloadField(
        String name,
        FieldType type,
        boolean always,
        String meaning,
        @Nullable Object example) {}
