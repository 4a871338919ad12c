package dev.tasker.db.test;

import dev.tasker.db.SchemaMigrator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.testcontainers.postgresql.PostgreSQLContainer;

/// The servers of this JVM, one per version, each with a migrated template database.
final class TestServers {

    static final String TEMPLATE = "tasker_template_" + ProcessHandle.current().pid();

    private static final String URL_VARIABLE = "TASKER_TEST_JDBC_URL";
    private static final Pattern URL = Pattern.compile("(jdbc:postgresql://[^/]+/)([^?]+)(\\?.*)?");
    private static final Path DOCKER_SOCKET = Path.of("/var/run/docker.sock");
    private static final Map<PostgresVersion, TestServer> STARTED = new EnumMap<>(PostgresVersion.class);

    private TestServers() {}

    /// The server, started and its template migrated by the first call.
    static synchronized TestServer of(PostgresVersion version) {
        return STARTED.computeIfAbsent(version, TestServers::start);
    }

    private static TestServer start(PostgresVersion version) {
        TestServer server = choose(version);
        server.run("DROP DATABASE IF EXISTS " + TEMPLATE);
        server.run("CREATE DATABASE " + TEMPLATE);
        new SchemaMigrator().migrate(server.database(TEMPLATE));
        return server;
    }

    private static TestServer choose(PostgresVersion version) {
        String url = System.getenv(URL_VARIABLE);
        if (version != PostgresVersion.V18) {
            return EphemeralPostgres.start(version);
        }
        if (url != null && !url.isBlank()) {
            TestServer server = given(url);
            // The other kinds of server end with this JVM.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> server.run("DROP DATABASE IF EXISTS " + TEMPLATE)));
            return server;
        }
        return Files.exists(DOCKER_SOCKET) ? container() : EphemeralPostgres.start(version);
    }

    /// `jdbc:postgresql://host:port/database?user=..&password=..`
    private static TestServer given(String url) {
        Matcher parts = URL.matcher(url);
        if (!parts.matches()) {
            throw new IllegalStateException(URL_VARIABLE
                    + " must read jdbc:postgresql://host:port/database?user=..&password=.., but is " + url);
        }
        String options = parts.group(3) == null ? "" : parts.group(3);
        return new TestServer(
                parts.group(1) + "%s" + options.replace("%", "%%"),
                option(options, "user"),
                option(options, "password"),
                parts.group(2));
    }

    private static String option(String options, String name) {
        Matcher option = Pattern.compile("[?&]" + name + "=([^&]*)").matcher(options);
        return option.find() ? option.group(1) : "postgres";
    }

    // Stays for the JVM's life; Testcontainers removes it afterwards.
    @SuppressWarnings("resource")
    private static TestServer container() {
        PostgreSQLContainer container = new PostgreSQLContainer("postgres:18");
        container.start();
        String url = "jdbc:postgresql://%s:%d/".formatted(container.getHost(), container.getFirstMappedPort());
        return new TestServer(
                url + "%s", container.getUsername(), container.getPassword(), container.getDatabaseName());
    }
}
