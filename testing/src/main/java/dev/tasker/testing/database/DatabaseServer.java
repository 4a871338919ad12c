package dev.tasker.testing.database;

import dev.tasker.db.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/// A PostgreSQL server on which tests create databases. Safe from any thread.
public final class DatabaseServer {
    /// Names the server to use instead of the embedded one.
    public static final String URL_VARIABLE = "TASKER_TEST_JDBC_URL";

    private static final Pattern URL = Pattern.compile("(jdbc:postgresql://[^/]+/)([^?]+)(\\?.*)?");
    // Statements are few and their tables grow: one plan for each, by index, is made once and stays right.
    private static final String QUICK =
            "-c synchronous_commit=off -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off";
    private static final AtomicReference<@Nullable DatabaseServer> DEFAULT = new AtomicReference<>();

    private final String url;
    private final @Nullable String user;
    private final @Nullable String password;
    private final String firstDatabase;
    private final SchemaTemplate template = new SchemaTemplate(this);
    private final Set<String> created = ConcurrentHashMap.newKeySet();

    private DatabaseServer(String url, @Nullable String user, @Nullable String password, String firstDatabase) {
        this.url = url;
        this.user = user;
        this.password = password;
        this.firstDatabase = firstDatabase;
    }

    /// The server of this process: the one that the environment variable `TASKER_TEST_JDBC_URL` names, else
    /// the embedded PostgreSQL for tests, which all processes of this user share.
    ///
    /// The first call starts it: about five seconds the very first time, half a second later. It stops when
    /// the last process that uses it ends.
    public static synchronized DatabaseServer ofThisUser() {
        DatabaseServer known = DEFAULT.get();
        if (known != null) {
            return known;
        }
        String url = System.getenv(URL_VARIABLE);
        DatabaseServer opened = url == null || url.isBlank() ? embedded() : at(url);
        DEFAULT.set(opened);
        return opened;
    }

    /// A server of one's own: `jdbc:postgresql://host:port/database?user=..&password=..`. Its user must be
    /// allowed to create databases.
    ///
    /// @throws IllegalArgumentException the address has another form
    public static DatabaseServer at(String jdbcUrl) {
        Matcher parts = URL.matcher(jdbcUrl);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "the test database's address must read jdbc:postgresql://host:port/database?user=..&password=..");
        }
        String options = parts.group(3) == null ? "" : parts.group(3);
        DatabaseServer server =
                new DatabaseServer(parts.group(1) + "%s" + options.replace("%", "%%"), null, null, parts.group(2));
        atExit(server::dropAll);
        return server;
    }

    private static DatabaseServer embedded() {
        EmbeddedPostgres postgres = EmbeddedPostgres.open(TestHome.config());
        String address = postgres.jdbcUrl();
        int slash = address.lastIndexOf('/');
        DatabaseServer server = new DatabaseServer(
                address.substring(0, slash + 1) + "%s",
                postgres.user(),
                postgres.password(),
                address.substring(slash + 1));
        atExit(() -> {
            server.dropAll();
            postgres.close();
        });
        Leftovers.remove(server);
        return server;
    }

    private static void atExit(Runnable work) {
        Runtime.getRuntime().addShutdownHook(new Thread(work, "tasker-test-databases"));
    }

    /// Creates a database with the schema of this release.
    void create(String name) {
        created.add(name);
        template.copyTo(name);
    }

    /// Drops a database, with the sessions that are still on it.
    void drop(String name) {
        run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
        created.remove(name);
    }

    private void dropAll() {
        for (String name : created) {
            try {
                drop(name);
            } catch (RuntimeException _) {
                // Best effort: the server may be gone already.
            }
        }
    }

    DataSource database(String name) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url.formatted(name));
        if (user != null) {
            source.setUser(user);
            source.setPassword(password);
        }
        source.setApplicationName("tasker-testing");
        source.setOptions(QUICK);
        return source;
    }

    /// A connection outside every test's database.
    Connection connect() throws SQLException {
        return database(firstDatabase).getConnection();
    }

    private void run(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException problem) {
            throw new IllegalStateException("the test server refused: " + sql, problem);
        }
    }
}
