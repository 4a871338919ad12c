package dev.tasker.db.embedded;

import static dev.tasker.db.embedded.HomeFolder.read;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SharedServerTest {

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
    void otherProcessAttachesAndTheLastOneOutStopsTheServer() throws Exception {
        EmbeddedPostgres first = EmbeddedPostgres.open(home.config());
        try (OtherProcess other = OtherProcess.start(home.config())) {
            assertThat(other.awaitOpened()).isEqualTo(first.port() + " true");
            first.close();
            assertThat(home.server())
                    .as("the server that the other process uses")
                    .isPresent();
        }
        home.awaitNoServer();
    }

    @Test
    void serverOutlivesItsKilledStarterAndIsStoppedByTheNextProcess() throws Exception {
        OtherProcess starter = OtherProcess.start(home.config());
        String opened = starter.awaitOpened();
        starter.kill();
        assertThat(starter.isOutputClosed()).isTrue();
        assertThat(home.server()).isPresent();
        try (EmbeddedPostgres next = EmbeddedPostgres.open(home.config())) {
            assertThat(next.port() + " false").isEqualTo(opened);
            assertThat(next.attached()).isTrue();
            assertThat(read(next, "SELECT 1")).isEqualTo("1");
        }
        home.awaitNoServer();
    }

    @Test
    void killedProcessAndKilledServerAreBothRecoveredFrom() throws Exception {
        OtherProcess starter = OtherProcess.start(home.config());
        starter.awaitOpened();
        starter.kill();
        home.server().orElseThrow().destroyForcibly();
        home.awaitNoServer();
        try (EmbeddedPostgres next = EmbeddedPostgres.open(home.config())) {
            assertThat(next.attached()).isFalse();
            assertThat(read(next, "SELECT 1")).isEqualTo("1");
        }
        home.awaitNoServer();
    }

    @Test
    void processesThatStartAtOnceShareOneServer() throws Exception {
        List<OtherProcess> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            others.add(OtherProcess.start(home.config()));
        }
        List<String> opened = new ArrayList<>();
        for (OtherProcess other : others) {
            opened.add(other.awaitOpened());
        }
        assertThat(opened.stream().map(line -> line.split(" ", 2)[0]).distinct())
                .hasSize(1);
        assertThat(opened.stream().filter(line -> line.endsWith("false"))).hasSize(1);
        for (OtherProcess other : others) {
            assertThat(home.server()).isPresent();
            other.close();
        }
        home.awaitNoServer();
    }

    @Test
    void twoHomesHaveTwoServers() throws SQLException, IOException {
        try (HomeFolder neighbour = HomeFolder.open();
                EmbeddedPostgres here = EmbeddedPostgres.open(home.config());
                EmbeddedPostgres there = EmbeddedPostgres.open(neighbour.config())) {
            assertThat(there.port()).isNotEqualTo(here.port());
            assertThat(there.attached()).isFalse();
        }
    }
}
