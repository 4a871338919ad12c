package dev.tasker.testing;

/// What happens to the worker when it runs a step the next time.
enum StepFault {
    /// It dies before the handler begins.
    CRASH_BEFORE,
    /// It dies while the handler runs: what the handler did is done, its outcome is lost.
    CRASH_DURING,
    /// The outcome is recorded, and the worker never learns of it.
    ANSWER_LOST,
    /// It hangs until its lease has run out; its late outcome must be refused.
    STALL,
    /// It stops gracefully and gives the step back.
    RESTART
}
