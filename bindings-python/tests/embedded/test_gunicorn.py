import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

from embedding import DATABASE_URL, LIMIT, RUN, SOURCE, require, require_engine

CONFIG = """
import app

preload_app = True
workers = 2

def post_worker_init(worker):
    app.open_engine()

def worker_exit(server, worker):
    app.engine.close()
    print("closed", worker.pid, flush=True)
"""

APP = f"""
import json, os
from tasker import StepHandler
from tasker.engine import Engine

engine = None


class Pid(StepHandler):
    handler_name = "GunicornPid_{RUN}"

    def process(self, task, sequence, step):
        return os.getpid()


def open_engine():
    global engine
    engine = Engine.open(os.environ["TASKER_TEST_DATABASE_URL"], migrate=True)
    engine.register_handlers(Pid)
    engine.register_template(yaml='''
name: gunicorn_{RUN}
default_runtime: python
step_templates:
  - {{name: pid, handler_class: GunicornPid_{RUN}}}
''')
    engine.worker(2)


def application(environ, start_response):
    task_id = engine.create_task("gunicorn_{RUN}")
    state = engine.wait(task_id, 30)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({{"worker": os.getpid(), "state": state}}).encode()]
"""


def has_gunicorn():
    try:
        import gunicorn  # noqa: F401

        return True
    except ImportError:
        return False


class GunicornTest(unittest.TestCase):
    """Gunicorn loads the application before it forks, and each of its workers has an engine."""

    @classmethod
    def setUpClass(cls):
        require_engine()
        require(has_gunicorn(), "Gunicorn is not installed: pip install gunicorn")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        Path(folder.name, "gunicorn.conf.py").write_text(CONFIG)
        Path(folder.name, "app.py").write_text(APP)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([SOURCE, folder.name]),
            "TASKER_TEST_DATABASE_URL": DATABASE_URL,
        }
        self.server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-b", "127.0.0.1:0", "-c", "gunicorn.conf.py", "app:application"],
            cwd=folder.name,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.end)
        for line in self.server.stderr:
            if "Listening at: " in line:
                self.url = line.split("Listening at: ")[1].split()[0]
                break
        else:
            self.fail("Gunicorn does not listen")

    def end(self):
        self.server.kill()
        self.server.communicate()

    def ask(self):
        with urllib.request.urlopen(self.url, timeout=LIMIT) as response:
            return json.load(response)

    def test_each_worker_has_an_engine_and_closes_it(self):
        answers = [self.ask()]
        first = answers[0]["worker"]
        os.kill(first, signal.SIGTERM)
        while answers[-1]["worker"] == first:
            answers.append(self.ask())

        self.assertEqual({"complete"}, {answer["state"] for answer in answers})
        self.server.terminate()
        out, err = self.server.communicate(timeout=LIMIT)
        self.assertEqual(0, self.server.returncode, err)
        self.assertIn(f"closed {first}", out)
        self.assertIn(f"closed {answers[-1]['worker']}", out)
        self.assertNotIn("Traceback", err)
