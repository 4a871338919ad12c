package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.template.TemplateParser;
import dev.tasker.transition.TaskState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A worker with little memory, whose handlers want all of it, or cannot be stopped: it lives, each of them fails with
/// its reason, and the tasks of others complete.
class HostileWorkerTest {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final int TASKS = 8;

    private static final String JAVASCRIPT = """
            import { StepHandler } from "tasker";
            export class FineJs extends StepHandler { process() { return "fine"; } }
            export class GrowsJs extends StepHandler {
              process() { const all = []; for (;;) all.push(new Array(10000).fill(1.5)); }
            }
            export class HugeJs extends StepHandler { process() { return new ArrayBuffer(2 ** 31 - 10).byteLength; } }
            export class ReturnsJs extends StepHandler { process() { return "x".repeat(50 * 1024 * 1024); } }
            """;
    private static final String PYTHON = """
            from tasker import StepHandler
            class FinePy(StepHandler):
                def process(self, task, sequence, step): return "fine"
            class GrowsPy(StepHandler):
                def process(self, task, sequence, step):
                    every = []
                    while True:
                        try: every.append("x" * 100000)
                        except BaseException: pass
            class HugePy(StepHandler):
                def process(self, task, sequence, step): return len("x" * (2**31 - 100))
            class ReturnsPy(StepHandler):
                def process(self, task, sequence, step): return "x" * (50 * 1024 * 1024)
            class ComputesPy(StepHandler):
                def process(self, task, sequence, step): return 9 ** 9 ** 9
            """;
    private static final String RUBY = """
            require "tasker"
            class FineRb < Tasker::StepHandler
              def process(_task, _sequence, _step) = "fine"
            end
            class GrowsRb < Tasker::StepHandler
              def process(_task, _sequence, _step)
                every = []
                loop { every << "x" * 100_000 }
              end
            end
            class HugeRb < Tasker::StepHandler
              def process(_task, _sequence, _step) = ("x" * (2**31 - 100)).size
            end
            class ReturnsRb < Tasker::StepHandler
              def process(_task, _sequence, _step) = "x" * (50 * 1024 * 1024)
            end
            """;

    @TempDir
    private Path folder;

    private TestDatabase database;

    @BeforeEach
    void create() throws Exception {
        database = TestDatabase.create();
        Files.writeString(folder.resolve("hostile.mjs"), JAVASCRIPT);
        Files.writeString(folder.resolve("hostile.py"), PYTHON);
        Files.writeString(folder.resolve("hostile.rb"), RUBY);
    }

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void workerOutlivesHandlersThatTakeAllMemoryOrCannotBeStopped() throws Exception {
        outlivesThemWith("-XX:+UseG1GC");
    }

    @Test
    @Tag("soak")
    void workerWithTheSerialCollectorOutlivesThemToo() throws Exception {
        outlivesThemWith("-XX:+UseSerialGC");
    }

    private void outlivesThemWith(String collector) throws Exception {
        try (Tasker tasker = Tasker.open(database.dataSource(), TaskerConfig.defaults(), List.of())) {
            RegisteredTemplate fine = register(tasker, "fine", false, "FineJs", "FinePy", "FineRb");
            RegisteredTemplate growing = register(tasker, "growing", true, "GrowsJs", "GrowsPy", "GrowsRb");
            RegisteredTemplate other = register(
                    tasker,
                    "other",
                    true,
                    "HugeJs",
                    "ReturnsJs",
                    "HugePy",
                    "ReturnsPy",
                    "ComputesPy",
                    "HugeRb",
                    "ReturnsRb");
            TaskId hungry = create(tasker, growing);
            List<TaskId> tasks = new ArrayList<>();
            for (int number = 0; number < TASKS; number++) {
                tasks.add(create(tasker, fine));
            }
            try (CliProcess worker = CliProcess.start(
                    database,
                    List.of("-Xmx512m", collector),
                    "worker",
                    "--contexts",
                    "javascript=2,python=2,ruby=2",
                    // Collections may stop everything for long.
                    "--lease",
                    "60s",
                    "--shutdown-timeout",
                    "3s")) {
                worker.awaitOut("ready");
                assertThat(tasker.awaitEnd(hungry, LIMIT)).isEqualTo(TaskState.ERROR);
                TaskId odd = create(tasker, other);
                assertThat(tasker.awaitEnd(odd, LIMIT)).isEqualTo(TaskState.ERROR);
                // All languages serve on.
                tasks.add(create(tasker, fine));
                for (TaskId task : tasks) {
                    assertThat(tasker.awaitEnd(task, LIMIT)).isEqualTo(TaskState.COMPLETE);
                }

                List<StepSnapshot> steps = new ArrayList<>(tasker.task(hungry).steps());
                steps.addAll(tasker.task(odd).steps());
                assertEachFailedForItsReason(steps);
                assertThat(worker.isAlive()).isTrue();
                worker.terminate();
                assertThat(worker.awaitEnd()).isZero();
            }
        }
    }

    private static void assertEachFailedForItsReason(List<StepSnapshot> steps) {
        Map<String, Object> codes = steps.stream()
                .collect(Collectors.toMap(StepSnapshot::name, step -> ((Map<?, ?>) step.error()).get("error_code")));
        assertThat(codes)
                .hasSize(10)
                .allSatisfy((name, code) -> assertThat(code).as(name).isIn(expected(name)));
    }

    private static List<Object> expected(String step) {
        if (step.startsWith("Returns")) {
            // In so little memory there may not even be room to see how large it is.
            return List.of("RESULT_TOO_LARGE", "MEMORY_EXHAUSTED");
        }
        return List.of(step.startsWith("Computes") ? "STEP_TIMEOUT" : "MEMORY_EXHAUSTED");
    }

    private static TaskId create(Tasker tasker, RegisteredTemplate template) {
        return tasker.create(template, TaskRequest.builder(Map.of()).build());
    }

    private RegisteredTemplate register(Tasker tasker, String name, boolean isHostile, String... handlers)
            throws Exception {
        StringBuilder yaml = new StringBuilder("name: " + name + "\nstep_templates:\n");
        for (String handler : handlers) {
            String language = handler.substring(handler.length() - 2);
            yaml.append("  - name: ")
                    .append(handler)
                    .append("\n    runtime: ")
                    .append(Map.of("Js", "javascript", "Py", "python", "Rb", "ruby")
                            .get(language))
                    .append("\n    handler_class: ")
                    .append(handler)
                    .append("\n    handler_file: hostile.")
                    .append(Map.of("Js", "mjs", "Py", "py", "Rb", "rb").get(language))
                    .append("\n    timeout_seconds: ")
                    .append(handler.startsWith("Computes") ? 2 : 120)
                    .append(isHostile ? "\n    default_retry_limit: 1\n" : "\n");
        }
        Path file = Files.writeString(folder.resolve(name + ".yaml"), yaml);
        return tasker.register(new TemplateParser().parse(file)).template();
    }
}
