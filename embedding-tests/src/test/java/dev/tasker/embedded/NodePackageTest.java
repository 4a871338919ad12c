package dev.tasker.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The npm package: its own tests of the engine and of BullMQ, and the package as it is installed.
class NodePackageTest extends PackageTest {
    private static final String USE = """
            import { Engine } from "tasker/engine";
            import { TaskQueue } from "tasker/bullmq";
            import { createRequire } from "node:module";
            const engine = await Engine.open({ databaseUrl: process.env.TASKER_TEST_DATABASE_URL });
            console.log(typeof TaskQueue, engine.constructor === createRequire(import.meta.url)("tasker/engine").Engine);
            await engine.close();
            """;

    private String node;

    NodePackageTest() throws IOException {
        super("bindings-js");
    }

    @BeforeAll
    void findNode() throws Exception {
        node = Installed.node();
        NodePackages.install(folder(), "koffi", "bullmq", "ioredis");
    }

    @TestFactory
    Stream<DynamicTest> theEngineInNode() throws Exception {
        return tests("engine", "test/engine.test.mjs");
    }

    @TestFactory
    Stream<DynamicTest> jobsOfBullMq() throws Exception {
        startRedis();
        return tests("bullmq", "test/bullmq.test.mjs");
    }

    @Test
    void thePackageHoldsModulesAndTypesAndRunsTheEngineWhereItIsInstalled() throws Exception {
        String npm = Installed.program("npm", "npm");
        succeed("pack", folder(), List.of(npm, "pack", "--silent", "--pack-destination", temporary() + ""));
        Path modules = Files.createDirectories(temporary().resolve("app/node_modules"));
        succeed("unpack", temporary(), List.of("tar", "-xzf", "tasker-0.1.0.tgz"));
        Path installed = Files.move(temporary().resolve("package"), modules.resolve("tasker"));
        for (String dependency : List.of("koffi", "@koromix")) {
            Path there = folder().resolve("node_modules").resolve(dependency);
            if (Files.exists(there)) {
                Files.createSymbolicLink(modules.resolve(dependency), there);
            }
        }
        Path app = Files.writeString(temporary().resolve("app/use.mjs"), USE);

        assertThat(installed.resolve("engine/engine.d.ts")).exists();
        assertThat(installed.resolve("bullmq/bullmq.d.ts")).exists();
        assertThat(installed.resolve("tasker.d.ts")).exists();
        assertThat(installed.resolve("test")).doesNotExist();
        assertThat(installed.resolve("testing")).doesNotExist();
        assertThat(succeed("use", temporary().resolve("app"), List.of(node, app + "")))
                .contains("function true");
    }

    private Stream<DynamicTest> tests(String name, String file) throws Exception {
        Path report = temporary().resolve(name + ".jsonl");
        return ownTests(
                name,
                report,
                List.of(
                        node,
                        "--test",
                        "--test-reporter=" + OwnTests.reporter("node_report.mjs"),
                        "--test-reporter-destination=" + report,
                        "--test-reporter=spec",
                        "--test-reporter-destination=stdout",
                        file));
    }
}
