package dev.tasker.execution;

import org.jspecify.annotations.Nullable;

/// What a running attempt tells its engine, and asks of it. Safe from any thread.
public interface Progress {
    /// A larger checkpoint is refused; in bytes of JSON.
    int CHECKPOINT_BYTES_MAX = 1024 * 1024;

    /// For attempts outside an engine: no end of time, and nothing is kept.
    Progress NONE = new Progress() {
        @Override
        public void heartbeat() {}

        @Override
        public void heartbeat(@Nullable Object checkpoint) {}

        @Override
        public @Nullable Object checkpoint() {
            return null;
        }

        @Override
        public boolean isCancelled() {
            return false;
        }
    };

    /// The step goes on: its timeout starts anew. Costs nothing, so that a loop may call it as often as it likes.
    ///
    /// @throws dev.tasker.error.StepCancelledException the attempt is over for the engine
    void heartbeat();

    /// The same, and stores what the next attempt can go on from. One short write to the database.
    ///
    /// @param checkpoint JSON-like, at most [#CHECKPOINT_BYTES_MAX]; takes the place of the one before
    /// @throws dev.tasker.error.StepCancelledException the attempt is over for the engine; nothing was stored
    /// @throws dev.tasker.error.PermanentError CHECKPOINT_INVALID
    void heartbeat(@Nullable Object checkpoint);

    /// What the last heartbeat with a checkpoint left, of this attempt or an earlier one; null if there was none.
    @Nullable
    Object checkpoint();

    /// Whether the attempt is over for the engine: cancelled, timed out, or taken over by another worker.
    boolean isCancelled();
}
