package dev.tasker.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrderExampleTest {
    @Test
    void theExampleRunsAnOrder(@TempDir Path folder) {
        CProgram order = CProgram.compile(
                folder.resolve("order"),
                "-I" + CProgram.RUNTIME,
                Path.of("examples/order.c").toString(),
                "-L" + CProgram.RUNTIME,
                "-ltasker",
                "-Wl,-rpath," + CProgram.RUNTIME);
        try (TestDatabase database = TestDatabase.create()) {
            CProgram.Run run = order.run(Map.of(), CProgram.url(database));
            assertThat(run.exitCode()).as(run.output()).isZero();
            assertThat(run.output())
                    .contains("confirmed: 3750 cents", "\"verdict\":\"ended\"", "\"state\":\"complete\"");
        }
    }
}
