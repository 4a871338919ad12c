package dev.tasker.crash;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.archive.ArchivePlan;
import dev.tasker.archive.Archiver;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import java.time.Duration;
import java.util.List;

/// An archiving run in a process of its own, which says when a batch is done. Its settings are system properties.
public final class ArchiverMain {
    private ArchiverMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        HikariConfig settings = new HikariConfig();
        settings.setJdbcUrl(System.getProperty("worker.url"));
        settings.setUsername(System.getProperty("worker.user"));
        settings.setPassword(System.getProperty("worker.password"));
        // Later than the moved clock of the test, whatever the clock of this machine says.
        settings.setConnectionInitSql("SET tasker.now = '2027-01-01 00:00:00+00'");
        settings.setMaximumPoolSize(2);
        try (HikariDataSource pool = new HikariDataSource(settings);
                Tasker tasker = Tasker.open(pool, TaskerConfig.defaults(), List.of())) {
            Archiver archiver = tasker.archiver();
            ArchivePlan plan = archiver.planOlderThan(Duration.ofMillis(1))
                    .withBatchTasks(Integer.getInteger("worker.batch"))
                    .withLoadPercent(100);
            archiver.run(plan, soFar -> System.out.println("batch " + soFar.batches()));
            System.out.println("finished");
        }
    }
}
