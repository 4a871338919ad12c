package dev.tasker.server.database;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Whether there is room for what an operation will write. It can be known of the embedded database only.
public final class DiskSpace {
    /// For what else is written meanwhile: the write-ahead log, and work that goes on.
    private static final long RESERVE_BYTES = 512L << 20;

    private DiskSpace() {}

    /// Refuses an operation that would fill the disk; nothing was changed.
    ///
    /// @throws StoreUnavailableException DISK_SPACE_LOW
    public static void check(OpenDatabase database, long bytes) {
        database.folder().ifPresent(folder -> check(folder, usable(folder), bytes));
    }

    static void check(Path folder, long usableBytes, long bytes) {
        if (bytes > 0 && usableBytes < bytes + RESERVE_BYTES) {
            throw new StoreUnavailableException(
                    ErrorCode.DISK_SPACE_LOW,
                    "the disk of " + folder + " has " + megabytes(usableBytes) + " MB left, and this will take about "
                            + megabytes(bytes) + " MB and " + megabytes(RESERVE_BYTES)
                            + " MB in reserve; nothing was changed",
                    Map.of("usable_bytes", usableBytes, "needed_bytes", bytes + RESERVE_BYTES));
        }
    }

    private static long usable(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static long megabytes(long bytes) {
        return bytes >> 20;
    }
}
