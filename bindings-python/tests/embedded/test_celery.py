import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
from urllib.parse import urlsplit

from embedding import LIMIT, RUN, SOURCE, require, require_engine, steps_of

REDIS_URL = os.environ.get("TASKER_TEST_REDIS_URL")

APP = """
import os, sys, time
from celery import Celery
from tasker import StepHandler
from tasker.celery import CeleryTasker

RUN = os.environ["TASKER_TEST_RUN"]
app = Celery("tests", broker=os.environ["TASKER_TEST_REDIS_URL"])
app.conf.task_default_queue = RUN
app.conf.worker_hijack_root_logger = False


class Pid(StepHandler):
    handler_name = f"Pid_{RUN}"

    def process(self, task, sequence, step):
        return os.getpid()


class AsyncPid(StepHandler):
    handler_name = f"AsyncPid_{RUN}"

    async def process(self, task, sequence, step):
        return [os.getpid(), sequence.results_of("pid")]


class Flaky(StepHandler):
    handler_name = f"Flaky_{RUN}"
    backoff = {"strategy": "fixed", "base_seconds": 2, "jitter": 0}

    def process(self, task, sequence, step):
        if step.attempts == 1:
            raise RuntimeError("once")
        return step.attempts


def prepare(engine):
    engine.register_template(yaml=f'''
name: pids_{RUN}
default_runtime: python
step_templates:
  - {{name: pid, handler_class: Pid_{RUN}}}
  - {{name: async, handler_class: AsyncPid_{RUN}, depends_on_step: pid}}
''')
    engine.register_template(yaml=f'''
name: flaky_{RUN}
default_runtime: python
step_templates:
  - {{name: flaky, handler_class: Flaky_{RUN}}}
''')


tasker = CeleryTasker(
    app,
    os.environ["TASKER_TEST_DATABASE_URL"],
    handlers=[Pid, AsyncPid, Flaky],
    prepare=prepare,
    enqueuer=f"celery_{RUN}",
    migrate=True,
    settings={"reenqueue.repeat": "2s"},
)
"""


def is_redis_there():
    if not REDIS_URL:
        return False
    address = urlsplit(REDIS_URL)
    try:
        socket.create_connection((address.hostname, address.port or 6379), 1).close()
        return True
    except OSError:
        return False


def has_celery():
    try:
        import celery  # noqa: F401

        return True
    except ImportError:
        return False


class CeleryTest(unittest.TestCase):
    """One application with a worker in processes of its own, and this process, which makes tasks."""

    @classmethod
    def setUpClass(cls):
        require_engine()
        require(has_celery(), "Celery is not installed: pip install tasker[celery]")
        require(is_redis_there(), "TASKER_TEST_REDIS_URL names no Redis that answers")
        cls.folder = tempfile.mkdtemp()
        cls.module = f"orders_{RUN}"
        with open(os.path.join(cls.folder, cls.module + ".py"), "w", encoding="utf-8") as file:
            file.write(APP)
        os.environ["TASKER_TEST_RUN"] = RUN
        sys.path.insert(0, cls.folder)
        cls.tasker = __import__(cls.module).tasker
        cls.addClassCleanup(cls.tasker.close)

    def start_worker(self, pool, concurrency):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([SOURCE, self.folder])}
        command = [sys.executable, "-m", "celery", "-A", self.module, "worker", "-P", pool, "-c", str(concurrency),
                   "-n", uuid.uuid4().hex, "--without-gossip", "--without-mingle", "-l", "WARNING"]  # fmt: skip
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(self.stop_worker, process)
        return process

    def stop_worker(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            _, self.log = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise

    def create(self, template, **request):
        return self.tasker.engine.create_task(f"{template}_{RUN}", **request)

    def ended(self, task_id):
        self.assertEqual("complete", self.tasker.engine.wait(task_id, 2 * LIMIT), self.tasker.engine.task(task_id))
        return steps_of(self.tasker.engine.task(task_id))

    def test_jobs_of_forked_processes_run_tasks(self):
        worker = self.start_worker("prefork", 2)

        for task_id in [self.create("pids") for _ in range(10)]:
            steps = self.ended(task_id)
            pid = steps["pid"]["results"]
            self.assertNotIn(pid, (os.getpid(), worker.pid))
            self.assertEqual(pid, steps["async"]["results"][1])

        task = self.tasker.engine.task(task_id, transitions=False)
        self.assertEqual(f"celery_{RUN}", task["enqueuer"])
        self.stop_worker(worker)
        self.assertEqual(0, worker.returncode, self.log)

    def test_jobs_of_threads_run_tasks(self):
        worker = self.start_worker("threads", 4)

        results = [self.ended(task_id)["pid"]["results"] for task_id in [self.create("pids") for _ in range(10)]]

        self.assertEqual({worker.pid}, set(results))

    def test_a_failed_step_is_retried_at_its_time(self):
        self.start_worker("solo", 1)
        task_id = self.create("flaky")

        self.assertEqual(2, self.ended(task_id)["flaky"]["results"])

        moves = self.tasker.engine.task(task_id)["transitions"]
        failed = next(move for move in moves if move["to_state"] == "error")
        claimed = [move for move in moves if move["step"] and move["to_state"] == "in_progress"][1]
        waited = (when(claimed["at"]) - when(failed["at"])).total_seconds()
        self.assertGreaterEqual(waited, 2)
        self.assertLess(waited, 6)

    def test_a_lost_job_is_handed_over_again(self):
        lost = []
        engine = self.tasker.engine
        # The broker takes the job, and forgets it.
        engine.on_enqueue = lambda *given: lost.append(given)
        task_id = self.create("pids")
        end = time.monotonic() + LIMIT
        while not any(given[0] == task_id for given in lost):
            self.assertLess(time.monotonic(), end, "the job was never enqueued")
            time.sleep(0.01)
        engine.on_enqueue = self.tasker.enqueue

        self.start_worker("solo", 1)

        self.ended(task_id)

    def test_a_second_job_finds_nothing_to_do(self):
        self.start_worker("solo", 1)
        task_id = self.create("pids")
        for _ in range(5):
            self.tasker.enqueue(task_id)

        steps = self.ended(task_id)

        self.assertEqual([1, 1], [step["attempts"] for step in steps.values()])
        self.assertEqual("ended", self.tasker.handle_task(task_id))

    def test_tasks_may_be_left_to_workers(self):
        task_id = self.create("pids", enqueuer=None, draft=True)

        self.assertIsNone(self.tasker.engine.task(task_id)["enqueuer"])

    def test_the_engine_is_opened_anew_after_it_was_closed(self):
        before = self.tasker.engine
        self.tasker.close()

        self.assertTrue(before.is_closed)
        self.assertFalse(self.tasker.engine.is_closed)


def when(text):
    from datetime import datetime

    return datetime.fromisoformat(text.replace("Z", "+00:00"))


if __name__ == "__main__":
    unittest.main()
