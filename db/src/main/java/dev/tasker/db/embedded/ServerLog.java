package dev.tasker.db.embedded;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// The server's log file: its end explains a failed start.
final class ServerLog {

    private static final int TAIL_LINES = 12;
    private static final int TAIL_BYTES = 8 * 1024;

    private ServerLog() {}

    /// Makes sure that there is a log, which only this user reads: statements that failed stand in it.
    static void create(Path log) {
        try {
            if (!Files.exists(log)) {
                Files.createFile(
                        log, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    "The log file " + log + " could not be created: " + e + ". Make room and check permissions.", e);
        }
    }

    /// The log's name and last lines, for the end of an error message.
    static String tail(Path log) {
        List<String> lines = since(log, 0).lines().toList();
        List<String> last = lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
        return "The last lines of " + log + ":\n" + String.join("\n", last);
    }

    /// What was written after the first `bytes`, at most the last 8 KiB; empty if it cannot be read.
    static String since(Path log, long bytes) {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            long start = Math.max(bytes, file.length() - TAIL_BYTES);
            byte[] tail = new byte[(int) Math.max(0, file.length() - start)];
            file.seek(Math.min(start, file.length()));
            file.readFully(tail);
            return new String(tail, StandardCharsets.UTF_8);
        } catch (IOException _) {
            return "";
        }
    }

    static long size(Path log) {
        try {
            return Files.exists(log) ? Files.size(log) : 0;
        } catch (IOException _) {
            return 0;
        }
    }
}
