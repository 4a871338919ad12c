package dev.tasker.error;

/// A Java handler asked to end the process in which it runs. Ends its attempt instead; another one may follow.
///
/// An [Error], so that `catch (Exception e)` does not swallow it, as it would not have swallowed the exit.
public final class HandlerExitError extends Error {
    private static final long serialVersionUID = 1L;

    /// @param call what the handler called
    /// @param status the exit status that it gave
    public HandlerExitError(String call, int status) {
        super("the handler called " + call + "(" + status
                + "), which would end the worker; only its attempt was ended");
    }
}
