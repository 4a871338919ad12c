"""What the tests of the embedded engine share. They need a runtime folder and a database of their own."""

import os
import subprocess
import sys
import unittest
import uuid

_FOLDER = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(os.path.dirname(os.path.dirname(_FOLDER)), "src")
sys.path.insert(0, SOURCE)

from tasker import StepHandler  # noqa: E402
from tasker.engine import Engine  # noqa: E402

DATABASE_URL = os.environ.get("TASKER_TEST_DATABASE_URL")
RUN = uuid.uuid4().hex[:8]
LIMIT = 30.0


def require(present, what):
    """Skips where something is missing; fails where continuous integration must have it."""
    if not present:
        if os.environ.get("CI") == "true":
            raise AssertionError(what)
        raise unittest.SkipTest(what)


def require_engine():
    require(os.environ.get("TASKER_RUNTIME"), "TASKER_RUNTIME names no runtime folder; `tasker runtime DIR` makes one")
    require(DATABASE_URL, "TASKER_TEST_DATABASE_URL names no database")


def handler(cls):
    """Gives a handler a name that no other run has, so that runs do not take each other's steps."""
    cls.handler_name = f"{cls.__name__}_{RUN}"
    return cls


def open_engine(*handlers, **options):
    engine = Engine.open(DATABASE_URL, migrate=True, **options)
    engine.register_handlers(*handlers)
    return engine


def template_of(steps, name=None):
    """A template of steps in a row: names and handlers, and what else each step has."""
    name = name or f"t_{uuid.uuid4().hex[:12]}"
    lines = [f"name: {name}", "default_runtime: python", "step_templates:"]
    before = None
    for step, cls, *more in steps:
        key = cls if isinstance(cls, str) else cls._tasker_handler_name()
        lines += [f"  - name: {step}", f"    handler_class: {key}"]
        if before is not None and not any("depends_on" in line for line in more):
            lines.append(f"    depends_on_step: {before}")
        lines += [f"    {line}" for line in more]
        before = step
    return name, "\n".join(lines) + "\n"


def steps_of(task):
    return {step["name"]: step for step in task["steps"]}


def python(script, *arguments, **options):
    """Starts a script in a process of its own, with this package and these helpers."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([SOURCE, _FOLDER])}
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


class EmbeddedTest(unittest.TestCase):
    """Has one engine with a worker; ``handlers`` and ``options`` of the class say which."""

    handlers: tuple[type[StepHandler], ...] = ()
    options: dict = {}
    threads = None

    @classmethod
    def setUpClass(cls):
        require_engine()
        cls.engine = open_engine(*cls.handlers, **cls.options)
        cls.addClassCleanup(cls.engine.close)
        if cls.threads != 0:
            cls.worker = cls.engine.worker(cls.threads)

    def create(self, *steps, context=None, **request):
        name, yaml = template_of(steps)
        self.engine.register_template(yaml=yaml)
        return self.engine.create_task(name, context, **request)

    def ended(self, task_id, state):
        self.assertEqual(state, self.engine.wait(task_id, LIMIT), self.engine.task(task_id))
        return steps_of(self.engine.task(task_id))

    def failed(self, cls, **request):
        """Runs one step that fails for good, and gives its error."""
        task_id = self.create(("odd", cls), **request)
        return self.ended(task_id, "error")["odd"]["error"]
