package dev.tasker.db.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tasker.db.test.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ServerAccountTest {

    private static final Duration START_MAX = Duration.ofSeconds(60);

    static List<ServerAccount> waysOutOfRoot() {
        return ServerAccount.waysOutOfRoot();
    }

    @ParameterizedTest
    @MethodSource("waysOutOfRoot")
    void everyWayOutOfRootThatWorksHereRunsAServer(ServerAccount account) throws IOException {
        assumeTrue(ServerAccount.ownUid() == 0, "only root drops privileges");
        assumeTrue(account.works(), "not possible here");
        Path folder = Files.createTempDirectory("tasker-account-");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        PostgresBinaries binaries = PostgresBinaries.unpackInto(TestDatabase.PROGRAMS);
        Cluster cluster = new Cluster(binaries, account, folder.resolve("data-18"), folder.resolve("server.log"));
        DatabaseLogin login = DatabaseLogin.create(folder.resolve("password"));
        cluster.create(login.password(), List.of("--no-sync"));
        assertThat(ServerAccount.uidOf(cluster.data())).isEqualTo(account.uid());
        ServerStart.Running server = new ServerStart(cluster, login, folder, START_MAX).attachOrStart();
        assertThat(login.answers(server.port())).isTrue();
        cluster.stop("fast");
        FolderRemoval.remove(folder);
    }

    @Test
    void ownerOfAFolderIsTheAccountThatRunsIt() throws IOException {
        assumeTrue(ServerAccount.ownUid() == 0, "only root drops privileges");
        Path folder = Files.createTempDirectory("tasker-owner-");
        ServerAccount account = ServerAccount.ofThisProcess();
        account.own(folder);
        assertThat(ServerAccount.ownerOf(folder)).isEqualTo(account);
        Files.delete(folder);
    }
}
