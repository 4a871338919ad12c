package dev.tasker.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/// What the tests of the three packages share: a database, a Redis, and the folder of the package.
@TestInstance(Lifecycle.PER_CLASS)
abstract class PackageTest {
    private final Path folder;
    private final Path temporary;
    private final Map<String, String> environment = new HashMap<>();
    private Database database;
    private RedisServer redis;

    /// @param folder of the package, in the checkout
    PackageTest(String folder) throws IOException {
        this.folder = Installed.HOME.resolve(folder);
        this.temporary = Folders.fresh(getClass());
    }

    @BeforeAll
    void prepare() {
        database = new Database();
        environment.putAll(Installed.engine());
        environment.put("TASKER_TEST_DATABASE_URL", database.url());
    }

    @AfterAll
    void clean() {
        database.close();
        if (redis != null) {
            redis.close();
        }
    }

    final Path folder() {
        return folder;
    }

    final Path temporary() {
        return temporary;
    }

    final void startRedis() throws IOException, InterruptedException {
        redis = RedisServer.start(temporary);
        environment.put("TASKER_TEST_REDIS_URL", redis.url());
        environment.put("TASKER_TEST_REDIS_PORT", redis.port() + "");
    }

    /// Runs the package's own tests in its folder.
    final Stream<DynamicTest> ownTests(String name, Path report, List<String> command)
            throws IOException, InterruptedException {
        return OwnTests.run(launch(name, folder, command), report);
    }

    /// Runs a program that must succeed.
    ///
    /// @return what it wrote
    final String succeed(String name, Path where, List<String> command) throws IOException, InterruptedException {
        try (HostProcess process = launch(name, where, command).start()) {
            int exitCode = process.awaitExit(OwnTests.RUN_MAX);
            if (exitCode != 0) {
                throw new AssertionError(
                        "`" + String.join(" ", command) + "` ended with exit code " + exitCode + "; " + process.tail());
            }
            return process.output();
        }
    }

    private HostProcess.Launch launch(String name, Path where, List<String> command) {
        return new HostProcess.Launch(getClass().getSimpleName() + "/" + name, where, command, environment);
    }
}
