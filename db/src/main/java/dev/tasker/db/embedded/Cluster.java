package dev.tasker.db.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One data folder of PostgreSQL: creating it, and running a server on it.
///
/// Knows nothing of sharing and passwords' storage; callers see to it that only one acts at a time.
///
/// @param binaries the programs, of the data folder's major version
/// @param account who runs them and owns the data
/// @param data the data folder
/// @param log receives the output of every program; opened by this process, not by the account
public record Cluster(PostgresBinaries binaries, ServerAccount account, Path data, Path log) {

    /// The database user, a superuser of this cluster.
    ///
    /// Not `tasker`: a user's own name is in the search path, and would hide a missing schema name.
    public static final String USER = "tasker_owner";

    private static final Duration INITDB_MAX = Duration.ofMinutes(2);
    private static final Duration STOP_MAX = Duration.ofSeconds(60);

    /// Whether [#create] has finished.
    public boolean exists() {
        return Files.exists(data);
    }

    /// Creates the data folder, with scram-sha-256 for every connection.
    ///
    /// It gets its final name only when it is complete; what an interrupted call left is removed.
    ///
    /// @param options further options of `initdb`
    public void create(String password, List<String> options) {
        Path unfinished = data.resolveSibling(data.getFileName() + ".new");
        Path passwordFile = data.resolveSibling(data.getFileName() + ".password");
        try {
            FolderRemoval.remove(unfinished);
            Files.deleteIfExists(passwordFile);
            Files.createDirectory(
                    unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            account.own(unfinished);
            Files.createFile(
                    passwordFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(passwordFile, password);
            account.own(passwordFile);
            ProgramRun.run(account, initdb(unfinished, passwordFile, options), log, INITDB_MAX);
            Files.move(unfinished, data);
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    "The database folder " + data + " could not be created: " + e
                            + ". Make room and check permissions.",
                    e);
        } finally {
            removeQuietly(passwordFile);
        }
    }

    /// Starts the server and returns at once; it may still be recovering, or fail.
    ///
    /// It runs in a session of its own, so that neither Ctrl-C nor the end of this process reaches it.
    ///
    /// @param settings `name=value`
    public Process launch(int port, List<String> settings) {
        List<String> words = new ArrayList<>(List.of("setsid"));
        words.addAll(account.command(List.of(binaries.program("postgres").toString(), "-D", data.toString())));
        words.addAll(List.of("-c", "port=" + port, "-c", "listen_addresses=127.0.0.1"));
        // No socket file: the folder's path may be longer than a socket's name may be.
        words.addAll(List.of("-c", "unix_socket_directories="));
        for (String setting : settings) {
            words.addAll(List.of("-c", setting));
        }
        try {
            return ProgramRun.builder(words, log).start();
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    "PostgreSQL could not be started: " + e.getMessage() + ". Is setsid (util-linux) installed?", e);
        }
    }

    /// Stops the server: `fast` ends its sessions and writes everything out, `immediate` is a crash.
    public void stop(String mode) {
        String program = binaries.program("pg_ctl").toString();
        List<String> words = List.of(
                program, "stop", "-D", data.toString(), "-m", mode, "-w", "-t", String.valueOf(STOP_MAX.toSeconds()));
        ProgramRun.run(account, words, log, STOP_MAX.plusSeconds(5));
    }

    private List<String> initdb(Path folder, Path passwordFile, List<String> options) {
        List<String> words = new ArrayList<>(List.of(
                binaries.program("initdb").toString(),
                "--pgdata=" + folder,
                "--username=" + USER,
                "--pwfile=" + passwordFile,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C"));
        words.addAll(options);
        return words;
    }

    private static void removeQuietly(Path passwordFile) {
        try {
            Files.deleteIfExists(passwordFile);
        } catch (IOException _) {
            // Readable by the server's account only; the next creation removes it.
        }
    }
}
