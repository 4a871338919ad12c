package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateReference;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.TemplateParser;
import dev.tasker.transition.TaskState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A worker serves what it can, and what comes later.
class WorkerTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static TestDatabase database;

    @TempDir
    private Path folder;

    @BeforeAll
    static void createDatabase() {
        database = TestDatabase.create();
    }

    @AfterAll
    static void dropDatabase() {
        database.close();
    }

    @Test
    void skipsWhatIsBrokenAndPicksUpWhatIsRegisteredLater() throws Exception {
        try (Tasker tasker = Tasker.open(database.dataSource(), TaskerConfig.defaults(), List.of())) {
            register(tasker, "broken", "com.acme.Gone");
            try (CliProcess worker = CliProcess.start(database, "-o", "json", "worker")) {
                worker.awaitErr("skipped step work of default.broken@0.1.0: ");
                worker.awaitOut("\"event\":\"ready\"");

                RegisteredTemplate later = register(tasker, "later", EchoHandler.class.getName());
                TaskId task = tasker.create(
                        later, TaskRequest.builder(Map.of("name", "x")).build());

                assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
                worker.terminate();
                assertThat(worker.awaitEnd()).isZero();
            }
        }
    }

    @Test
    void registersTheTemplatesOfTheConfiguredFolders() throws Exception {
        Files.writeString(folder.resolve("notes.txt"), "no template");
        write("from_folder", EchoHandler.class.getName());
        Path config = Files.createDirectory(folder.resolve("etc")).resolve("tasker.yaml");
        Files.writeString(config, "engine:\n  template_directories: [..]\n  worker_name: named_one\n");
        try (Tasker tasker = Tasker.open(database.dataSource(), TaskerConfig.defaults(), List.of());
                CliProcess worker = CliProcess.start(database, "-o", "json", "worker", "--config", config.toString())) {
            worker.awaitOut("\"worker\":\"named_one\"");

            TaskId task = tasker.create(
                    tasker.template(TemplateReference.parse("from_folder").orElseThrow()),
                    TaskRequest.builder(Map.of("name", "x")).build());

            assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
        }
    }

    private RegisteredTemplate register(Tasker tasker, String name, String handlerClass) throws Exception {
        return tasker.register(new TemplateParser().parse(write(name, handlerClass)))
                .template();
    }

    private Path write(String name, String handlerClass) throws Exception {
        return Files.writeString(folder.resolve(name + ".yaml"), """
                name: %s
                default_runtime: java
                step_templates:
                  - { name: work, handler_class: %s }
                """.formatted(name, handlerClass));
    }
}
