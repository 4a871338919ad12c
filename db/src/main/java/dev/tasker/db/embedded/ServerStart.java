package dev.tasker.db.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// One attempt to have a server on a cluster: attach to the one that runs, else start one.
///
/// Only the holder of the folder's start lock may run it.
final class ServerStart {

    private static final String LAST_PORT = "port";
    private static final byte[] LOOPBACK = {127, 0, 0, 1};
    private static final int PAUSE_MILLIS = 10;
    private static final long LOG_BYTES_MAX = 16L * 1024 * 1024;

    // Durable by PostgreSQL's own defaults: fsync, full_page_writes and synchronous_commit stay on.
    private static final List<String> SETTINGS =
            List.of("max_connections=200", "shared_buffers=128MB", "log_line_prefix=%m [%p] ");

    static final String PORT_TAKEN = "could not create any TCP/IP sockets";
    // Of a killed server: its processes take a moment to notice, and hold the shared memory until then.
    private static final List<String> PREDECESSOR_LEAVING =
            List.of("pre-existing shared memory block", "lock file \"postmaster.pid\" already exists");

    private final Cluster cluster;
    private final DatabaseLogin login;
    private final Path portFile;
    private final Duration max;
    private final long deadline;

    ServerStart(Cluster cluster, DatabaseLogin login, Path folder, Duration max) {
        this.cluster = cluster;
        this.login = login;
        this.portFile = folder.resolve(LAST_PORT);
        this.max = max;
        this.deadline = System.nanoTime() + max.toNanos();
    }

    /// A server that answers.
    record Running(int port, boolean attached) {}

    /// Returns when the server answers.
    ///
    /// @throws EmbeddedPostgresException with the log's last lines if it does not within the time given
    Running attachOrStart() {
        Optional<Running> attached = attach();
        return attached.isPresent() ? attached.get() : start();
    }

    private Optional<Running> attach() {
        Optional<Postmaster> found = Postmaster.of(cluster.data());
        while (found.isPresent() && found.get().isAlive()) {
            int port = found.get().port();
            if (found.get().isReady() && login.answers(port)) {
                return Optional.of(new Running(port, true));
            }
            pauseOrFail();
            found = Postmaster.of(cluster.data());
        }
        return Optional.empty();
    }

    private Running start() {
        try {
            rotateLog();
            Optional<Postmaster> gone = Postmaster.of(cluster.data());
            if (gone.isPresent()) {
                gone.get().removeIfMisleading();
            }
            int port = lastPortOrFree();
            while (!startOn(port)) {
                port = freePort();
            }
            Files.writeString(portFile, port + "\n");
            return new Running(port, false);
        } catch (IOException e) {
            throw new EmbeddedPostgresException("The embedded database could not be started: " + e, e);
        }
    }

    /// Starts the server; false if it has to be tried again, on another port.
    private boolean startOn(int port) {
        long logged = ServerLog.size(cluster.log());
        Process process = cluster.launch(port, SETTINGS);
        while (!isReady(port)) {
            if (!process.isAlive() && !isReady(port)) {
                refuseUnlessPassing(ServerLog.since(cluster.log(), logged));
                pauseOrFail();
                return false;
            }
            pauseOrFail();
        }
        while (!login.answers(port)) {
            pauseOrFail();
        }
        return true;
    }

    private boolean isReady(int port) {
        return Postmaster.of(cluster.data())
                .filter(server -> server.port() == port && server.isReady() && server.isAlive())
                .isPresent();
    }

    private void refuseUnlessPassing(String logged) {
        boolean isPassing =
                logged.contains(PORT_TAKEN) || PREDECESSOR_LEAVING.stream().anyMatch(logged::contains);
        if (!isPassing) {
            throw new EmbeddedPostgresException(
                    "The embedded database in " + cluster.data() + " did not start. " + ServerLog.tail(cluster.log()));
        }
    }

    private void pauseOrFail() {
        if (System.nanoTime() > deadline) {
            // Not stopped: a long recovery goes on, and a later open attaches to it.
            throw new EmbeddedPostgresException("The embedded database in " + cluster.data() + " did not answer within "
                    + max.toSeconds() + " s. It may still be recovering; try again later. "
                    + ServerLog.tail(cluster.log()));
        }
        Pause.millis(PAUSE_MILLIS);
    }

    // The same port again, so that the clients of a server that was killed find the next one.
    private int lastPortOrFree() throws IOException {
        if (Files.exists(portFile)) {
            try {
                int last = Integer.parseInt(Files.readString(portFile).strip());
                bind(last).close();
                return last;
            } catch (IOException | IllegalArgumentException _) {
                return freePort();
            }
        }
        return freePort();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = bind(0)) {
            return socket.getLocalPort();
        }
    }

    private static ServerSocket bind(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port), 1);
        return socket;
    }

    private void rotateLog() throws IOException {
        if (ServerLog.size(cluster.log()) > LOG_BYTES_MAX) {
            Path old = cluster.log().resolveSibling(cluster.log().getFileName() + ".1");
            Files.move(cluster.log(), old, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
