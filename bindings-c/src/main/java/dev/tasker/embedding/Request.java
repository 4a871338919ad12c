package dev.tasker.embedding;

/// One call of the program.
///
/// @param engine the handle of the engine that is meant
/// @param number a task, a piece of work, or milliseconds, as the kind says
/// @param name   of an operation; else empty
record Request(long id, RequestKind kind, long engine, long number, String name, String json) {}
