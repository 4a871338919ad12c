package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WithDatabaseCommandTest {
    private static final TestDatabase DATABASE = TestDatabase.create();

    @TempDir
    private Path folder;

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void theProgramFindsAnAddressThatOpensTheDatabase() throws Exception {
        Path seen = folder.resolve("seen");
        CliRunner.Result result = CliRunner.on(DATABASE)
                .run("with-database", "sh", "-c", "printf %s \"$TASKER_DATABASE_URL\" > \"$0\"", seen.toString());
        assertThat(result.exitCode()).as(result.err()).isZero();

        String jdbc =
                Files.readString(seen).replaceFirst("^postgresql://([^:]*):([^@]*)@(.*)$", "$3?user=$1&password=$2");
        try (Connection connection = DriverManager.getConnection("jdbc:postgresql://" + jdbc);
                ResultSet database = connection.createStatement().executeQuery("SELECT current_database()")) {
            assertThat(database.next()).isTrue();
            assertThat(DATABASE.jdbcUrl()).contains("/" + database.getString(1));
        }
    }

    @Test
    void itsExitCodeIsThatOfTheCommandAndItsOptionsAreItsOwn() {
        CliRunner.Result result = CliRunner.on(DATABASE)
                .run("with-database", "sh", "-c", "[ \"$1\" = --help ] && exit 7", "sh", "--help");
        assertThat(result.exitCode()).as(result.err()).isEqualTo(7);
    }

    @Test
    void aProgramThatIsNotThereIsToldByName() {
        CliRunner.Result result = CliRunner.on(DATABASE).run("with-database", "-o", "json", "no-such-program");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.error().get("message").toString()).contains("cannot run no-such-program");
    }

    @Test
    void aSignalIsPassedOnAndTheProgramDecidesHowToEnd() throws Exception {
        // Blocked before it says that it is ready: a signal that comes at once waits.
        String program = """
                import signal
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
                print("ready", flush=True)
                signal.sigwait({signal.SIGTERM})
                print("stopping", flush=True)
                exit(5)
                """;
        try (CliProcess process = CliProcess.start(DATABASE, "with-database", "python3", "-c", program)) {
            process.awaitOut("ready");
            process.terminate();
            process.awaitOut("stopping");
            assertThat(process.awaitEnd()).isEqualTo(5);
        }
    }
}
