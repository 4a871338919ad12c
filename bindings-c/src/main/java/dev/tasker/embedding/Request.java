package dev.tasker.embedding;

/// One call of the program.
///
/// @param engine the handle of the engine that is meant
/// @param number a task, a piece of work, or milliseconds, as the kind says
/// @param name   of an operation; else empty
/// @param json   what the call is about; may be empty
record Request(long id, RequestKind kind, long engine, long number, Text name, Text json) {

    /// Text in the memory of the program, which stays there until the request is answered.
    ///
    /// It is read by whoever answers, and not by whoever fetches requests: there may be no room for it.
    record Text(long address, long bytes) {
        String read() {
            return NativeQueues.read(address, bytes);
        }
    }
}
