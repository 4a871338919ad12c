package dev.tasker.db.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A lock on a file of the database's folder; the operating system frees it when the process ends.
///
/// Such locks belong to the process, not to the thread, and closing any channel on the file frees them
/// all. [EmbeddedPostgres] therefore opens each file once per process, under its own monitor.
final class FolderLock implements AutoCloseable {

    private static final int PAUSE_MILLIS = 20;

    private final FileChannel channel;
    private @Nullable FileLock lock;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /// Opens the file, which is created if need be, without locking it.
    static FolderLock open(Path file) {
        try {
            return new FolderLock(FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    "The lock file " + file + " could not be opened: " + e + ". Check the folder's permissions.", e);
        }
    }

    /// Locks the file for this process alone, waiting for others.
    static FolderLock exclusive(Path file, Duration max) {
        FolderLock folderLock = open(file);
        long deadline = System.nanoTime() + max.toNanos();
        while (!folderLock.tryLock(false)) {
            if (System.nanoTime() > deadline) {
                folderLock.close();
                throw new EmbeddedPostgresException("Another process has been starting or stopping the database in "
                        + file.getParent() + " for " + max.toSeconds() + " s. Wait for it, or end it.");
            }
            Pause.millis(PAUSE_MILLIS);
        }
        return folderLock;
    }

    boolean tryLock(boolean shared) {
        try {
            lock = channel.tryLock(0, Long.MAX_VALUE, shared);
            return lock != null;
        } catch (IOException e) {
            throw new EmbeddedPostgresException("A lock file of the database could not be locked: " + e, e);
        }
    }

    /// Exchanges the shared lock for the exclusive one; fails if another process shares it.
    boolean tryBecomeOnly() {
        try {
            if (lock != null) {
                lock.release();
            }
        } catch (IOException e) {
            throw new EmbeddedPostgresException("A lock file of the database could not be unlocked: " + e, e);
        }
        return tryLock(false);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new EmbeddedPostgresException("A lock file of the database could not be closed: " + e, e);
        }
    }
}
