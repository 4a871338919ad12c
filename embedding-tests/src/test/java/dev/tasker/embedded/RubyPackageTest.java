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

/// The gem: its own tests of the engine and of Sidekiq, and the gem as it is installed.
class RubyPackageTest extends PackageTest {
    private static final String USE = """
            Gem.paths = { "GEM_PATH" => [ARGV[0], *Gem.path].join(":") }
            gem "tasker"
            require "tasker/engine"
            puts $LOADED_FEATURES.grep(%r{lib/tasker/engine\\.rb})
            Tasker::Engine.open(database_url: ENV["TASKER_TEST_DATABASE_URL"]) { |engine| puts "slots #{engine.slots}" }
            """;

    private String ruby;

    RubyPackageTest() throws IOException {
        super("bindings-ruby");
    }

    @BeforeAll
    void findRuby() throws Exception {
        ruby = Installed.program("ruby", "ruby ruby-minitest");
        Installed.check("the gem ffi (Debian: ruby-ffi)", ruby, "-rffi", "-e", "0");
        Installed.check("the gem minitest (Debian: ruby-minitest)", ruby, "-rminitest", "-e", "0");
    }

    @TestFactory
    Stream<DynamicTest> theEngineInRuby() throws Exception {
        return tests("engine", "engine_test", "job_test", "process_test", "embed_readme_test");
    }

    @TestFactory
    Stream<DynamicTest> jobsOfSidekiq() throws Exception {
        Installed.program("redis-server", "redis-server");
        Installed.check("the gem sidekiq (Debian: ruby-sidekiq)", ruby, "-rsidekiq", "-e", "0");
        Installed.check("the gem activejob (Debian: ruby-activejob)", ruby, "-ractive_job", "-e", "0");
        return tests("sidekiq", "sidekiq_test");
    }

    @Test
    void theGemHoldsLibraryAndTypesAndRunsTheEngineWhereItIsInstalled() throws Exception {
        Path gem = temporary().resolve("tasker.gem");
        Path home = temporary().resolve("gems");
        String program = Installed.program("gem", "ruby");
        succeed("gem-build", folder(), List.of(program, "build", "tasker.gemspec", "-o", gem.toString()));
        succeed(
                "gem-install",
                temporary(),
                List.of(
                        program,
                        "install",
                        "--local",
                        "--ignore-dependencies",
                        "--no-document",
                        "--install-dir",
                        home.toString(),
                        gem.toString()));

        Path installed;
        try (Stream<Path> gems = Files.list(home.resolve("gems"))) {
            installed = gems.toList().getFirst();
        }
        assertThat(installed.resolve("lib/tasker/engine.rb")).exists();
        assertThat(installed.resolve("lib/tasker/sidekiq.rb")).exists();
        assertThat(installed.resolve("sig/tasker.rbs")).exists();
        assertThat(installed.resolve("README.md")).exists();
        assertThat(installed.resolve("test")).doesNotExist();
        assertThat(succeed("gem-use", temporary(), List.of(ruby, "-e", USE, home.toString())))
                .contains(installed.resolve("lib/tasker/engine.rb").toString(), "slots 10");
    }

    private Stream<DynamicTest> tests(String name, String... files) throws Exception {
        String script = "%w[" + String.join(" ", files) + "].each { |file| require \"./test/#{file}\" }";
        return ownTests(
                name,
                temporary().resolve(name + ".jsonl"),
                List.of(ruby, "-Ilib", "-r", OwnTests.reporter("minitest_report.rb"), "-e", script));
    }
}
