package dev.tasker.benchmarks.postgres;

import dev.tasker.db.embedded.FolderRemoval;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The folder of one run. It is locked as long as the run lives, also against what a kill leaves behind.
final class RunFolder {
    private static final String RUN = "run-";
    private static final String LOCK = "owner.lock";
    private static final double BYTES_PER_GIB = 1024.0 * 1024 * 1024;
    // In memory, where fsync costs nothing.
    private static final List<String> NO_DISK = List.of("tmpfs", "ramfs");

    private final Path parent;
    private final Path path;
    private final FileLock lock;

    private RunFolder(Path parent, Path path, FileLock lock) {
        this.parent = parent;
        this.path = path;
        this.lock = lock;
    }

    /// @throws UnsuitableFolderException the file system has too little room, or is none on a disk
    static RunFolder create(Path below, long bytesNeeded) throws IOException {
        check(below, bytesNeeded);
        Path parent = below.resolve("tasker-benchmarks-" + System.getProperty("user.name"));
        Files.createDirectories(parent);
        // The server's account has to get through.
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwx--x--x"));
        Path path = Files.createTempDirectory(parent, RUN);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
        return new RunFolder(parent, path, lock(path));
    }

    Path path() {
        return path;
    }

    /// Kept for later runs.
    Path programs() {
        return parent.resolve("binaries");
    }

    /// Removes the folders of runs that were killed.
    ///
    /// @param stop stops a server that may still run there
    void removeAbandoned(Consumer<Path> stop) throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            for (Path run : files.filter(this::isOther).toList()) {
                if (isAbandoned(run)) {
                    stop.accept(run);
                    FolderRemoval.remove(run);
                }
            }
        }
    }

    void remove() {
        try {
            lock.close();
            FolderRemoval.remove(path);
        } catch (IOException _) {
            // The next run tries again.
        }
    }

    static void check(Path below, long bytesNeeded) throws IOException {
        if (!Files.isDirectory(below)) {
            throw new UnsuitableFolderException(below + " is no folder; name one with --data-dir");
        }
        String type = Files.getFileStore(below).type();
        if (NO_DISK.contains(type)) {
            throw new UnsuitableFolderException(below + " is on " + type
                    + ", in memory, where fsync costs nothing; name a folder on a disk with --data-dir");
        }
        long free = Files.getFileStore(below).getUsableSpace();
        if (free < bytesNeeded) {
            throw new UnsuitableFolderException(String.format(
                    Locale.ROOT,
                    "%s has %.1f GiB free, and the benchmarks' PostgreSQL needs %.1f GiB; make room or name another"
                            + " folder with --data-dir",
                    below,
                    free / BYTES_PER_GIB,
                    bytesNeeded / BYTES_PER_GIB));
        }
    }

    private boolean isOther(Path file) {
        // Its own lock a process must not even look at: closing any channel on the file frees it.
        return file.getFileName().toString().startsWith(RUN) && !file.equals(path) && Files.exists(file.resolve(LOCK));
    }

    private static boolean isAbandoned(Path run) {
        try (FileChannel channel = FileChannel.open(run.resolve(LOCK), StandardOpenOption.WRITE);
                FileLock other = channel.tryLock()) {
            return other != null;
        } catch (IOException _) {
            return false;
        }
    }

    // The channel stays open with the lock.
    @SuppressWarnings("resource")
    private static FileLock lock(Path folder) throws IOException {
        return FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                .lock();
    }
}
