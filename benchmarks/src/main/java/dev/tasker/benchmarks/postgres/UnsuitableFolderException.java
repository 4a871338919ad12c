package dev.tasker.benchmarks.postgres;

/// A folder in which the benchmarks' PostgreSQL cannot be, with the reason and what to do.
public final class UnsuitableFolderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnsuitableFolderException(String message) {
        super(message);
    }
}
