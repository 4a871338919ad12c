package dev.tasker.event;

/// A place in the order of commits: first the transaction, then the transition in it.
public record EventPosition(long transactionId, long transitionId) {
    /// Behind everything that this transaction wrote.
    public static EventPosition after(long transactionId) {
        return new EventPosition(transactionId, Long.MAX_VALUE);
    }

    /// Before the first transition of all.
    public static final EventPosition BEGINNING = new EventPosition(0, 0);
}
