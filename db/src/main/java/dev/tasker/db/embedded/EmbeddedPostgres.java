package dev.tasker.db.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The durable PostgreSQL of one home folder, shared by all processes that open it.
///
/// The first one starts the server, the others attach, the last one that closes stops it. The server
/// outlives a process that is killed; the next open attaches to it, or starts it again if it was killed
/// too, with everything that was committed. It listens on 127.0.0.1 only, with a random password.
///
/// Safe from any thread. Opening blocks for about five seconds on the very first start (unpacking,
/// `initdb`), half a second on a later one, and less when attaching. Close it last, after every
/// connection; a process that never does leaves the server running.
public final class EmbeddedPostgres implements AutoCloseable {

    private static final String PASSWORD_FILE = "password";
    private static final String START_LOCK = "start.lock";
    private static final String USE_LOCK = "use.lock";
    private static final String LOG_FILE = "server.log";

    // File locks belong to the process: what its threads share has to be counted here, under this monitor.
    private static final Map<Path, Use> USES = new HashMap<>();

    private final DatabaseFolder folder;
    private final Cluster cluster;
    private final DatabaseLogin login;
    private final ServerStart.Running server;
    private final Duration max;
    private boolean closed;

    private EmbeddedPostgres(
            DatabaseFolder folder, Cluster cluster, DatabaseLogin login, ServerStart.Running server, Duration max) {
        this.folder = folder;
        this.cluster = cluster;
        this.login = login;
        this.server = server;
        this.max = max;
    }

    /// Attaches to the home's server, or creates and starts it.
    ///
    /// @throws EmbeddedPostgresException if the server could not be started; nothing is left running,
    ///     except a server that recovers for longer than the time given
    public static EmbeddedPostgres open(EmbeddedPostgresConfig config) {
        synchronized (USES) {
            DatabaseFolder folder = DatabaseFolder.choose(config);
            try (FolderLock _ = FolderLock.exclusive(folder.file(START_LOCK), config.startMax())) {
                Use use = USES.get(folder.folder());
                Use held = use == null ? new Use(FolderLock.open(folder.file(USE_LOCK))) : use;
                try {
                    EmbeddedPostgres opened = start(folder, config.startMax(), held);
                    USES.put(folder.folder(), held);
                    held.count++;
                    return opened;
                } finally {
                    if (held.count == 0) {
                        held.lock.close();
                    }
                }
            }
        }
    }

    private static EmbeddedPostgres start(DatabaseFolder folder, Duration max, Use use) {
        if (use.count == 0 && !use.lock.tryLock(true)) {
            throw new EmbeddedPostgresException("The lock " + folder.file(USE_LOCK)
                    + " is held by a program that is not Tasker. End that program.");
        }
        PostgresBinaries binaries = PostgresBinaries.unpackInto(folder.binaries());
        Path data = folder.data(binaries.major());
        Cluster cluster = new Cluster(binaries, folder.account(), data, folder.file(LOG_FILE));
        DatabaseLogin login;
        if (cluster.exists()) {
            login = DatabaseLogin.read(folder.file(PASSWORD_FILE));
        } else {
            login = DatabaseLogin.create(folder.file(PASSWORD_FILE));
            cluster.create(login.password(), List.of());
        }
        ServerStart.Running server = new ServerStart(cluster, login, folder.folder(), max).attachOrStart();
        return new EmbeddedPostgres(folder, cluster, login, server, max);
    }

    /// The database's address, without user and password.
    public String jdbcUrl() {
        return login.url(server.port());
    }

    public String user() {
        return Cluster.USER;
    }

    public String password() {
        return login.password();
    }

    /// Where data, password and log lie: below the home folder, unless the server cannot reach that.
    public Path folder() {
        return folder.folder();
    }

    /// The account that the server runs as.
    public String account() {
        return folder.account().name();
    }

    public int port() {
        return server.port();
    }

    /// Whether the server ran already.
    public boolean attached() {
        return server.attached();
    }

    /// Stops the server if no other process uses it; sessions that are still open end. Does nothing the
    /// second time.
    @Override
    public void close() {
        synchronized (USES) {
            if (closed) {
                return;
            }
            closed = true;
            Use use = USES.get(folder.folder());
            if (use == null || --use.count > 0) {
                return;
            }
            USES.remove(folder.folder());
            try (FolderLock _ = FolderLock.exclusive(folder.file(START_LOCK), max);
                    FolderLock lock = use.lock) {
                if (lock.tryBecomeOnly() && isRunning()) {
                    cluster.stop("fast");
                }
            }
        }
    }

    private boolean isRunning() {
        return Postmaster.of(cluster.data()).filter(Postmaster::isAlive).isPresent();
    }

    /// How often this process has a folder's database open, and its share of the lock.
    private static final class Use {
        private final FolderLock lock;
        private int count;

        Use(FolderLock lock) {
            this.lock = lock;
        }
    }
}
