package dev.tasker.execution;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepResult;
import java.util.function.Consumer;

/// Runs the handlers of one runtime.
///
/// Safe from any thread. `load` comes before the first `start` of a key.
public interface HandlerHost extends AutoCloseable {
    HandlerRuntime runtime();

    /// How many attempts run at once; the engine never starts more.
    int slots();

    /// Loads a handler and checks it. Blocks; starts the language on first use.
    ///
    /// Loading the same source again does nothing.
    ///
    /// @return what its class declares
    /// @throws dev.tasker.error.HandlerLoadException file missing, syntax error (with the guest's file and line),
    ///     class missing, not a step handler, a declaration that makes no sense, or a key of another file
    HandlerDeclaration load(HandlerSource source);

    /// Starts one attempt and returns at once.
    ///
    /// @param completion called exactly once, on any thread: also when the handler throws, dies or is cancelled
    RunningAttempt start(StepAttempt attempt, Consumer<StepResult> completion);

    /// Stops everything that still runs and frees what the runtime holds. Completions may come during the call,
    /// none after.
    @Override
    void close();

    /// A handler that is running.
    interface RunningAttempt {
        /// Interrupts the handler as far as the runtime can. Returns at once; the completion still comes.
        void cancel();
    }
}
