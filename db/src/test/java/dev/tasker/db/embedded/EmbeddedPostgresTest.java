package dev.tasker.db.embedded;

import static dev.tasker.db.embedded.HomeFolder.read;
import static dev.tasker.db.embedded.HomeFolder.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.db.test.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EmbeddedPostgresTest {

    // Looks neither at its client nor for the death of the postmaster while it computes.
    private static final String BUSY = "SELECT count(*) AS busy FROM generate_series(1, 20000000)";

    private HomeFolder home;

    @BeforeEach
    void createHome() throws IOException {
        home = HomeFolder.withBinaries();
    }

    @AfterEach
    void removeHome() throws IOException {
        home.close();
    }

    @Test
    void firstOpenCreatesADurableDatabaseOnTheLoopbackAddress() throws SQLException, IOException {
        try (EmbeddedPostgres database = EmbeddedPostgres.open(home.config())) {
            assertThat(database.attached()).isFalse();
            assertThat(database.folder()).isEqualTo(home.folder());
            assertThat(read(database, "SHOW fsync")).isEqualTo("on");
            assertThat(read(database, "SHOW full_page_writes")).isEqualTo("on");
            assertThat(read(database, "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(read(database, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(read(database, "SHOW max_connections")).isEqualTo("200");
            assertThat(read(database, "SHOW server_encoding")).isEqualTo("UTF8");
            assertThat(read(database, "SELECT datcollate FROM pg_database WHERE datname = current_database()"))
                    .isEqualTo("C");
        }
        home.awaitNoServer();
    }

    @Test
    void onlyThePasswordOpensTheDatabaseAndOnlyItsOwnerReadsIt() throws IOException {
        try (EmbeddedPostgres database = EmbeddedPostgres.open(home.config())) {
            assertThatThrownBy(() -> DriverManager.getConnection(database.jdbcUrl(), database.user(), "guess"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
            assertThat(Files.getPosixFilePermissions(home.folder().resolve("password")))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
    }

    @Test
    void programsAreUnpackedOnTheVeryFirstOpen() throws SQLException, IOException {
        try (HomeFolder bare = HomeFolder.open();
                EmbeddedPostgres database = EmbeddedPostgres.open(bare.config())) {
            assertThat(read(database, "SHOW server_version")).startsWith("18.");
        }
    }

    @Test
    void dataOutlivesTheLastClose() throws SQLException {
        try (EmbeddedPostgres database = EmbeddedPostgres.open(home.config())) {
            run(database, "CREATE TABLE kept AS SELECT 42 AS answer");
        }
        try (EmbeddedPostgres database = EmbeddedPostgres.open(home.config())) {
            assertThat(database.attached()).isFalse();
            assertThat(read(database, "SELECT answer FROM kept")).isEqualTo("42");
        }
    }

    @Test
    void twoOpensInOneProcessShareTheServerUntilBothAreClosed() throws SQLException, IOException {
        EmbeddedPostgres first = EmbeddedPostgres.open(home.config());
        try (EmbeddedPostgres second = EmbeddedPostgres.open(home.config())) {
            assertThat(second.port()).isEqualTo(first.port());
            assertThat(second.attached()).isTrue();
            first.close();
            first.close();
            assertThat(read(second, "SELECT 1")).isEqualTo("1");
        }
        home.awaitNoServer();
    }

    @Test
    void serverOfAKilledPostmasterIsRecoveredWithWhatWasCommitted() throws SQLException, IOException {
        try (EmbeddedPostgres killed = EmbeddedPostgres.open(home.config())) {
            run(killed, "CREATE TABLE kept AS SELECT 42 AS answer");
            home.server().orElseThrow().destroyForcibly();
            home.awaitNoServer();
            try (EmbeddedPostgres recovered = EmbeddedPostgres.open(home.config())) {
                assertThat(recovered.attached()).isFalse();
                assertThat(recovered.port()).isEqualTo(killed.port());
                assertThat(read(recovered, "SELECT answer FROM kept")).isEqualTo("42");
            }
        }
        home.awaitNoServer();
    }

    @Test
    void restartWaitsForABusyProcessOfTheKilledServer() throws Exception {
        try (EmbeddedPostgres killed = EmbeddedPostgres.open(home.config());
                ExecutorService client = Executors.newSingleThreadExecutor()) {
            client.execute(() -> ignoreFailure(() -> read(killed, BUSY)));
            awaitAnswer(
                    killed,
                    "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '%busy%' AND pid <> pg_backend_pid()");
            home.server().orElseThrow().destroyForcibly();
            home.awaitNoServer();
            try (EmbeddedPostgres recovered = EmbeddedPostgres.open(home.config())) {
                assertThat(read(recovered, "SELECT 1")).isEqualTo("1");
            }
        }
    }

    @Test
    void portThatIsTakenWhileTheServerStartsIsToldApartFromOtherFailures() throws Exception {
        EmbeddedPostgres.open(home.config()).close();
        Path data = home.folder().resolve("data-18");
        Path log = home.folder().resolve("taken.log");
        Cluster cluster =
                new Cluster(PostgresBinaries.unpackInto(TestDatabase.PROGRAMS), ServerAccount.ownerOf(data), data, log);
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            assertThat(cluster.launch(taken.getLocalPort(), List.of())
                            .onExit()
                            .get(30, TimeUnit.SECONDS)
                            .exitValue())
                    .isNotZero();
        }
        assertThat(ServerLog.since(log, 0)).contains(ServerStart.PORT_TAKEN);
    }

    @Test
    void pidFileThatNamesAnotherProgramDoesNotKeepTheServerFromStarting() throws SQLException, IOException {
        Path pidFile;
        String content;
        try (EmbeddedPostgres database = EmbeddedPostgres.open(home.config())) {
            pidFile = Path.of(read(database, "SHOW data_directory")).resolve("postmaster.pid");
            content = Files.readString(pidFile);
        }
        String ownPid = String.valueOf(ProcessHandle.current().pid());
        Files.writeString(pidFile, content.replaceFirst("\\d+", ownPid));
        try (EmbeddedPostgres database = EmbeddedPostgres.open(home.config())) {
            assertThat(read(database, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void takenPortIsReplacedByAFreeOne() throws SQLException, IOException {
        int port;
        try (EmbeddedPostgres database = EmbeddedPostgres.open(home.config())) {
            port = database.port();
        }
        try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                EmbeddedPostgres database = EmbeddedPostgres.open(home.config())) {
            assertThat(database.port()).isNotEqualTo(port);
            assertThat(read(database, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void failedStartTellsTheLastLinesOfTheLog() throws IOException, SQLException {
        Path data;
        try (EmbeddedPostgres database = EmbeddedPostgres.open(home.config())) {
            data = Path.of(read(database, "SHOW data_directory"));
        }
        Files.writeString(data.resolve("postgresql.conf"), "no_such_setting = 1\n");
        assertThatThrownBy(() -> EmbeddedPostgres.open(home.config()))
                .isInstanceOf(EmbeddedPostgresException.class)
                .hasMessageContaining("unrecognized configuration parameter \"no_such_setting\"")
                .hasMessageContaining("server.log");
    }

    @Test
    void serverHasASessionOfItsOwnSoThatCtrlCDoesNotReachIt() throws IOException {
        try (EmbeddedPostgres _ = EmbeddedPostgres.open(home.config())) {
            long pid = home.server().orElseThrow().pid();
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            assertThat(afterName[3]).as("session").isEqualTo(String.valueOf(pid));
        }
    }

    private static void awaitAnswer(EmbeddedPostgres database, String question) throws SQLException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!read(database, question).equals("t")) {
            assertThat(System.nanoTime()).as(question).isLessThan(deadline);
        }
    }

    private static void ignoreFailure(Callable<?> call) {
        try {
            call.call();
        } catch (Exception _) {
            // The server it talks to is killed.
        }
    }
}
