package dev.tasker.db.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The server that a data folder's `postmaster.pid` speaks of; it may be gone, or another program by now.
///
/// @param port 0 while the server has not chosen it
record Postmaster(Path data, long pid, int port, String state) {

    private static final String FILE = "postmaster.pid";
    private static final int PID_LINE = 0;
    private static final int PORT_LINE = 3;
    private static final int STATE_LINE = 7;

    /// Reads the file; empty if there is none, or the server is only beginning to write it.
    static Optional<Postmaster> of(Path data) {
        try {
            List<String> lines = Files.readAllLines(data.resolve(FILE));
            if (lines.size() <= PORT_LINE) {
                return Optional.empty();
            }
            long pid = Long.parseLong(lines.get(PID_LINE).strip());
            int port = Integer.parseInt(lines.get(PORT_LINE).strip());
            String state = lines.size() > STATE_LINE ? lines.get(STATE_LINE).strip() : "";
            return Optional.of(new Postmaster(data, pid, port, state));
        } catch (NoSuchFileException | NumberFormatException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    data.resolve(FILE) + " could not be read: " + e + ". Check the folder's owner and permissions.", e);
        }
    }

    boolean isReady() {
        return state.equals("ready");
    }

    /// Whether the process lives and works in the data folder, or at least may do so.
    boolean isAlive() {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false) && worksIn(pid, data);
    }

    /// Removes the file of a server that is gone if its number now belongs to another program, which
    /// would keep PostgreSQL from starting. Never while a process of the old server still works.
    void removeIfMisleading() throws IOException {
        boolean isTaken = ProcessHandle.of(pid).isPresent();
        if (isTaken && !isAlive() && !anyWorksIn(data)) {
            Files.deleteIfExists(data.resolve(FILE));
        }
    }

    static boolean anyWorksIn(Path data) throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .map(process -> process.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .anyMatch(name -> isKnownToWorkIn(Long.parseLong(name), data));
        }
    }

    private static boolean isKnownToWorkIn(long pid, Path data) {
        try {
            return Files.isSameFile(Path.of("/proc/" + pid + "/cwd"), data);
        } catch (IOException _) {
            return false;
        }
    }

    // A process whose folder cannot be read counts as the server: PostgreSQL itself then decides.
    private static boolean worksIn(long pid, Path data) {
        Path folder = Path.of("/proc/" + pid + "/cwd");
        try {
            return Files.isSameFile(folder.toRealPath(), data);
        } catch (NoSuchFileException _) {
            return false;
        } catch (IOException _) {
            return true;
        }
    }
}
