package dev.tasker.embedded;

import java.util.List;
import java.util.Map;

/// The FastAPI app: Uvicorn, and Celery with forked processes.
class FastApiAppTest extends AppTest {
    FastApiAppTest() {
        super("examples-python", "fastapi-app", "celery");
    }

    @Override
    Map<String, String> prepare() throws Exception {
        String packages = "python3-fastapi python3-uvicorn python3-celery python3-redis";
        return Map.of("PYTHON", Installed.python(packages, "fastapi", "uvicorn", "celery", "redis"));
    }

    @Override
    List<Integer> exitCodes() {
        return List.of(0, 0);
    }
}
