package dev.tasker.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.tasker.db.SchemaMigrator;
import dev.tasker.db.test.TestCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The database server itself crashes, or has no room left.
class ServerCrashTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final int CRASHES = Integer.getInteger("tasker.soak.seconds", 6) / 3;
    private static TestCluster cluster;

    /// Handlers wait while it is closed.
    private volatile CountDownLatch gate = new CountDownLatch(0);

    @BeforeAll
    static void start() {
        cluster = TestCluster.start();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void aServerThatCrashesAndComesBackHasLostNoTask() throws Exception {
        DataSource source = cluster.dataSource();
        try (Workload workload = new Workload(source);
                Engine _ = engine(source);
                Engine _ = engine(source)) {
            for (int crash = 0; crash < CRASHES; crash++) {
                int before = complete(workload);
                workload.create(Workload.diamond(), 50);
                await().atMost(DEADLINE).until(() -> complete(workload) > before + 5);
                cluster.crash();
                cluster.restart();
                workload.reconnect();
            }
            workload.awaitEnd(DEADLINE);
            workload.assertComplete();
        }
    }

    @Test
    void outcomesWaitWhileTheDiskIsFullAndAreRecordedWhenThereIsRoomAgain(@TempDir Path folder) throws Exception {
        try (FullDisk disk = FullDisk.on(cluster, folder)) {
            new SchemaMigrator().migrate(disk.source());
            System.out.println("ServerCrashTest: " + disk);
            try (Workload workload = new Workload(disk.source());
                    Engine.Log log = new Engine.Log();
                    Engine _ = engine(disk.source())) {
                workload.create(Workload.diamond(), 200);
                await().atMost(DEADLINE).until(() -> complete(workload) > 5);
                // However long it takes to fill it, there is work left.
                gate = new CountDownLatch(1);
                disk.fill();
                gate.countDown();
                await("the engine has met the full disk")
                        .atMost(DEADLINE)
                        .until(() -> log.lines(Level.WARN).stream().anyMatch(line -> line.contains(disk.complaint())));
                // It stays full for longer than a lease.
                await().pollDelay(LEASE.plusMillis(500)).until(() -> true);
                assertThat(workload.unfinished()).isPositive();
                disk.free();

                workload.awaitEnd(DEADLINE);
                workload.assertComplete();
            }
        }
    }

    private static int complete(Workload workload) {
        return workload.tasks() - workload.unfinished();
    }

    private Engine engine(DataSource source) {
        return Engine.open(source, 4, LEASE)
                .serving("work", (task, sequence, step) -> {
                    gate.await();
                    Thread.sleep(ThreadLocalRandom.current().nextInt(20));
                    return Map.of("text", List.of("some", "result"));
                })
                .started();
    }
}
