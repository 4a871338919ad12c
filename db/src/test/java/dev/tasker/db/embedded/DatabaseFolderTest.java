package dev.tasker.db.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

class DatabaseFolderTest {

    private static final int FOREIGN_UID = 4321;

    @Test
    void closedHomeOfRootGetsAFolderBelowTheFallbackAndAlwaysTheSame() throws IOException {
        assumeTrue(ServerAccount.ownUid() == 0, "only root drops privileges");
        try (HomeFolder home = HomeFolder.closed()) {
            Path first = DatabaseFolder.choose(home.config()).folder();
            assertThat(first).startsWith(home.fallback());
            assertThat(DatabaseFolder.choose(home.config()).folder()).isEqualTo(first);
            assertThat(home.path()).isEmptyDirectory();
        }
    }

    @Test
    void databaseBelowTheFallbackStaysThereWhenTheHomeIsOpenedUp() throws IOException {
        assumeTrue(ServerAccount.ownUid() == 0, "only root drops privileges");
        try (HomeFolder home = HomeFolder.closed()) {
            DatabaseFolder first = DatabaseFolder.choose(home.config());
            Files.createDirectory(first.data(18));
            first.account().own(first.data(18));
            Files.setPosixFilePermissions(home.path(), PosixFilePermissions.fromString("rwxr-xr-x"));
            assertThat(DatabaseFolder.choose(home.config()).folder()).isEqualTo(first.folder());
        }
    }

    @Test
    void databaseOfAHomeThatWasClosedIsNotReplacedByAnEmptyOne() throws IOException {
        assumeTrue(ServerAccount.ownUid() == 0, "only root drops privileges");
        try (HomeFolder home = HomeFolder.open()) {
            DatabaseFolder first = DatabaseFolder.choose(home.config());
            Files.createDirectory(first.data(18));
            first.account().own(first.data(18));
            Files.setPosixFilePermissions(home.path(), PosixFilePermissions.fromString("rwx------"));
            assertThatThrownBy(() -> DatabaseFolder.choose(home.config()))
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining("cannot be reached by account");
        }
    }

    @Test
    void folderThatOthersCanWriteIsRefused() throws IOException {
        try (HomeFolder home = HomeFolder.open()) {
            Path folder = Files.createDirectory(home.path().resolve(".tasker"));
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
            assertThatThrownBy(() -> DatabaseFolder.choose(home.config()))
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining("can be written by other users")
                    .hasMessageContaining("chmod go-w");
        }
    }

    @Test
    void folderOfAnotherUserIsRefused() throws IOException {
        assumeTrue(ServerAccount.ownUid() == 0, "only root can give a folder away");
        try (HomeFolder home = HomeFolder.open()) {
            Path folder = Files.createDirectory(home.path().resolve(".tasker"));
            Files.setAttribute(folder, "unix:uid", FOREIGN_UID);
            assertThatThrownBy(() -> DatabaseFolder.choose(home.config()))
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining("belongs to uid " + FOREIGN_UID);
        }
    }

    @Test
    void fallbackOfAnotherUserIsPassedOver() throws IOException {
        assumeTrue(ServerAccount.ownUid() == 0, "only root can give a folder away");
        try (HomeFolder home = HomeFolder.closed()) {
            Files.setAttribute(Files.createDirectory(home.fallback()), "unix:uid", FOREIGN_UID);
            assertThatThrownBy(() -> DatabaseFolder.choose(home.config()))
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining("No folder for the embedded database can be used")
                    .hasMessageContaining(home.path() + " cannot be reached by account")
                    .hasMessageContaining("belongs to uid " + FOREIGN_UID);
        }
    }

    @Test
    void dataOfAnotherMajorVersionIsNotHiddenByANewDatabase() throws IOException {
        try (HomeFolder home = HomeFolder.open()) {
            DatabaseFolder folder = DatabaseFolder.choose(home.config());
            Files.createDirectory(folder.data(17));
            assertThatThrownBy(() -> folder.data(18))
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining("data-17 is of another PostgreSQL version than 18");
        }
    }

    @Test
    void passwordFileThatOthersCanReadIsRefused() throws IOException {
        try (HomeFolder home = HomeFolder.open()) {
            Path file = home.path().resolve("password");
            DatabaseLogin.create(file);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
            assertThatThrownBy(() -> DatabaseLogin.read(file))
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining("chmod 600");
        }
    }
}
