package dev.tasker.execution;

import dev.tasker.error.HandlerExitError;

/// What handler code calls in place of the methods that end a process; see [HandlerClassLoader]. Public for that code
/// only.
@SuppressWarnings("DoNotCallSuggester") // only byte code calls them
public final class ProcessExit {
    private ProcessExit() {}

    /// In place of [System#exit].
    public static void exit(int status) {
        throw new HandlerExitError("System.exit", status);
    }

    /// In place of [Runtime#exit].
    public static void exit(Runtime runtime, int status) {
        throw new HandlerExitError("Runtime.exit", status);
    }

    /// In place of [Runtime#halt].
    public static void halt(Runtime runtime, int status) {
        throw new HandlerExitError("Runtime.halt", status);
    }
}
