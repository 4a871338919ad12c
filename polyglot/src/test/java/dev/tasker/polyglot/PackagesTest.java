package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Packages that lie where the package managers of the languages put them, with confined hosts.
class PackagesTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());

    @TempDir
    static Path home;

    /// The handlers of each language stand in a project of its own.
    @BeforeAll
    static void layOutProjects() throws Exception {
        copy("javascript", home.resolve("javascript"));
        copy("python", home.resolve("python"));
        copy("ruby", home.resolve("ruby"));
        Path python = home.resolve("python");
        Files.move(python.resolve("packages"), python.resolve("site-packages"));
        Path venv = Files.createDirectories(python.resolve(".venv/lib/python3.12"));
        Files.move(python.resolve("venv_packages"), venv.resolve("site-packages"));
    }

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @Test
    void npmPackagesOfBothModuleSystemsAreFound() {
        assertThat(run(HandlerRuntime.JAVASCRIPT, "priced.mjs", "Priced"))
                .isEqualTo(Map.of(
                        "modern",
                        List.of("modern", 1190L, 0.19, "11.90 EUR"),
                        "classic",
                        List.of(
                                "hello, Ann!",
                                950L,
                                "1.0.0",
                                true,
                                List.of("string", "string", "object", "undefined", "undefined")),
                        "scoped",
                        List.of(125L, 99L),
                        "circle",
                        "early",
                        "nested",
                        "the inner one",
                        "handed",
                        List.of(1L, 2L, 1L, 2L)));
    }

    @Test
    void purePythonPackagesAreFoundInSitePackagesAndVirtualEnvironments() {
        assertThat(run(HandlerRuntime.PYTHON, "priced.py", "Priced"))
                .isEqualTo(Map.of(
                        "package",
                        List.of(1190L, "11.90 EUR", "0.05 EUR"),
                        "module",
                        1190L,
                        "venv",
                        "venv",
                        "own data",
                        "prices\n",
                        "data beside the packages",
                        "PermissionError"));
    }

    @Test
    void rubyGemsAreFoundInVendorFolders() {
        assertThat(run(HandlerRuntime.RUBY, "priced.rb", "Priced"))
                .isEqualTo(Map.of("gem", List.of(1190L, "11.90 EUR"), "bundled", "Your order: 11.90 EUR"));
    }

    @Test
    void packagesOfTheConfigurationAreFoundToo() throws IOException {
        Path elsewhere = Files.createDirectories(home.resolve("elsewhere"));
        Path handler = Files.copy(home.resolve("python/priced.py"), elsewhere.resolve("priced.py"));
        PolyglotConfig config = PolyglotConfig.builder()
                .packages(
                        HandlerRuntime.PYTHON,
                        List.of(
                                home.resolve("python/site-packages"),
                                home.resolve("python/.venv/lib/python3.12/site-packages")))
                .build();
        HandlerSource source = new HandlerSource(new HandlerKey(HandlerRuntime.PYTHON, "Priced"), handler);

        try (GuestFixture guests = new GuestFixture(config)) {
            assertThat(GuestFixture.results(
                            guests.run(HandlerRuntime.PYTHON, "Priced", GuestFixture.defaultContext(), handler)))
                    .isInstanceOf(Map.class);
        }
        assertThatThrownBy(() -> GUESTS.host(HandlerRuntime.PYTHON).load(source))
                .isInstanceOf(HandlerLoadException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "JAVASCRIPT, absent.mjs, absent-package, node_modules",
        "JAVASCRIPT, hidden.mjs, modern/lib/hidden.js, node_modules",
        "JAVASCRIPT, node.mjs, fs, node_modules",
        "JAVASCRIPT, inside.mjs, fs, node_modules",
        "PYTHON, missing.py, absent_package, site-packages",
        "PYTHON, inside.py, shop_money.absent, site-packages/shop_money",
        "RUBY, missing.rb, absent_gem, vendor/gems/shop_money-1.0.0/lib"
    })
    void aMissingPackageIsNamedWithThePlacesWhereItWasLookedFor(
            HandlerRuntime runtime, String file, String wanted, String place) {
        HandlerSource source = new HandlerSource(new HandlerKey(runtime, "Missing"), path(runtime, file));

        HandlerLoadException refusal = catchThrowableOfType(
                HandlerLoadException.class, () -> GUESTS.host(runtime).load(source));

        assertThat(refusal).isNotNull();
        assertThat(refusal.code()).isEqualTo(ErrorCode.HANDLER_LOAD_FAILED);
        assertThat(refusal)
                .hasMessageContaining(wanted)
                .hasMessageContaining("looked in")
                .hasMessageContaining(home.resolve(runtime.key()).resolve(place).toString());
    }

    @ParameterizedTest
    @CsvSource({
        "JAVASCRIPT, late.mjs, absent-package, node_modules",
        "PYTHON, late.py, absent_package, site-packages",
        "RUBY, late.rb, absent_gem, vendor/gems/shop_money-1.0.0/lib"
    })
    void aPackageThatIsMissedWhileAHandlerRunsIsNamedToo(
            HandlerRuntime runtime, String file, String wanted, String place) {
        StepError error =
                GuestFixture.error(GUESTS.run(runtime, "Late", GuestFixture.defaultContext(), path(runtime, file)));

        assertThat(error.message())
                .contains(wanted)
                .contains("looked in")
                .contains(home.resolve(runtime.key()).resolve(place).toString());
    }

    private static Object run(HandlerRuntime runtime, String file, String handler) {
        return GuestFixture.results(GUESTS.run(runtime, handler, GuestFixture.defaultContext(), path(runtime, file)));
    }

    private static Path path(HandlerRuntime runtime, String file) {
        return home.resolve(runtime.key()).resolve(file);
    }

    /// `node_modules` is a name that version control ignores.
    private static void copy(String name, Path target) throws IOException, URISyntaxException {
        Path source = Path.of(Objects.requireNonNull(PackagesTest.class.getResource("/packages/" + name))
                .toURI());
        List<Path> files;
        try (Stream<Path> walk = Files.walk(source)) {
            files = walk.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            String relative = source.relativize(file).toString().replace("node_packages", "node_modules");
            Path copy = target.resolve(relative);
            Files.createDirectories(copy.getParent());
            Files.copy(file, copy);
        }
    }
}
