package dev.tasker.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The Python package: its own tests of the engine and of Celery, and the wheel as it is installed.
class PythonPackageTest extends PackageTest {
    /// What `pyproject.toml` builds with.
    private static final String BACKEND = "setuptools>=77";

    private static final String USE = """
            import os, tasker, tasker.engine
            print(tasker.__file__)
            with tasker.engine.Engine.open(os.environ["TASKER_TEST_DATABASE_URL"]) as engine:
                print("slots", engine.slots)
            """;

    PythonPackageTest() throws IOException {
        super("bindings-python");
    }

    @TestFactory
    Stream<DynamicTest> theEngineInPython() throws Exception {
        return tests("engine", Installed.python("python3"), "test_engine.py");
    }

    @TestFactory
    Stream<DynamicTest> jobsOfCelery() throws Exception {
        String python = Installed.python("python3-celery python3-redis", "celery", "redis");
        startRedis();
        return tests("celery", python, "test_celery.py");
    }

    @TestFactory
    Stream<DynamicTest> workersOfGunicorn() throws Exception {
        return tests("gunicorn", Installed.python("python3-gunicorn", "gunicorn"), "test_gunicorn.py");
    }

    @Test
    void theWheelHoldsModulesAndTypesAndRunsTheEngineWhereItIsInstalled() throws Exception {
        String python = Installed.python("python3-pip", "pip");
        String[] backend = {python, "-m", "pip", "download", "-q", "--no-deps", "-d", temporary() + "/backend", BACKEND
        };
        Installed.check(BACKEND + ", or a network to fetch it from PyPI,", backend);
        Path source = Folders.copy(folder(), temporary().resolve("source"), "src", "pyproject.toml", "README.md");
        succeed("wheel", source, List.of(python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", "../wheels", "."));
        Path wheel;
        try (Stream<Path> wheels = Files.list(temporary().resolve("wheels"))) {
            wheel = wheels.toList().getFirst();
        }
        Path installed = temporary().resolve("site");
        succeed(
                "install",
                temporary(),
                List.of(python, "-m", "pip", "install", "-q", "--no-deps", "--target", installed + "", wheel + ""));

        assertThat(installed.resolve("tasker/engine.py")).exists();
        assertThat(installed.resolve("tasker/celery.py")).exists();
        assertThat(installed.resolve("tasker/__init__.pyi")).exists();
        assertThat(installed.resolve("tasker/py.typed")).exists();
        assertThat(installed.resolve("tests")).doesNotExist();
        String use = "import sys; sys.path.insert(0, 'site')\n" + USE;
        assertThat(succeed("use", temporary(), List.of(python, "-c", use)))
                .contains("slots 10", "site/tasker/__init__.py");
    }

    private Stream<DynamicTest> tests(String name, String python, String file) throws Exception {
        List<String> command = List.of(
                python, "-B", OwnTests.reporter("unittest_report.py"), "discover", "-s", "tests/embedded", "-p", file);
        return ownTests(name, temporary().resolve(name + ".jsonl"), command);
    }
}
