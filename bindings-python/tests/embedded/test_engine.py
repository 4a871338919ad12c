import asyncio
import contextlib
import gc
import http.server
import logging
import os
import queue
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from embedding import (
    DATABASE_URL,
    LIMIT,
    RUN,
    SOURCE,
    EmbeddedTest,
    handler,
    open_engine,
    python,
    require_engine,
    steps_of,
    template_of,
)

import tasker
from tasker import PermanentError, RetryableError, StepCancelled, StepHandler, step_handler
from tasker import _native
from tasker.engine import (
    ClosedError,
    ConflictError,
    Engine,
    EngineError,
    ForkedError,
    InternalError,
    InvalidError,
    NotFoundError,
    RuntimeMissingError,
    UnavailableError,
)

ERROR_CODES = os.path.join(
    os.path.dirname(os.path.dirname(SOURCE)), "core/src/main/java/dev/tasker/error/ErrorCode.java"
)


@handler
class Add(StepHandler):
    retry_limit = 7

    def process(self, task, sequence, step):
        return {"sum": task.context["a"] + task.context["b"], "attempts": step.attempts, "config": self.config}


@handler
class Double(StepHandler):
    async def process(self, task, sequence, step):
        await asyncio.sleep(0)
        return 2 * sequence.results_of("add")["sum"]

    async def process_results(self, step, output, initial_results):
        await asyncio.sleep(0)
        return {"doubled": output, "before": initial_results}


@step_handler(description="Counts", retry_limit=4)
async def counted(task, sequence, step, handler):
    """Has its name made unique below."""
    handler.publish("order.counted", {"by": handler.config["by"]})
    return {"counted": handler.config["by"]}


handler(counted)


@handler
class Retried(StepHandler):
    def process(self, task, sequence, step):
        if step.attempts == 1:
            raise RetryableError("busy", retry_after=1.5, context={"gateway": "eu-1"})
        return step.attempts


@handler
class Declined(StepHandler):
    def process(self, task, sequence, step):
        try:
            raise ValueError("no money")
        except ValueError as problem:
            raise PermanentError("declined", error_code="DECLINED", context={"cents": 5}) from problem


@handler
class Failing(StepHandler):
    retry_limit = 1
    healed = threading.Event()

    def process(self, task, sequence, step):
        if not self.healed.is_set():
            raise RuntimeError("not yet")
        return "healed"


@handler
class Long(StepHandler):
    started: threading.Event
    told: threading.Event

    def process(self, task, sequence, step):
        Long.started.set()
        end = time.monotonic() + LIMIT
        try:
            while time.monotonic() < end:
                self.heartbeat()
                time.sleep(0.001)
        except StepCancelled:
            if self.is_cancelled():
                Long.told.set()
            raise
        return "never told"


@handler
class Import(StepHandler):
    backoff = {"strategy": "none"}

    def process(self, task, sequence, step):
        left = self.checkpoint() or {"rows": 0, "seen": []}
        done = {**left, "seen": [*left["seen"], step.attempts]}
        while done["rows"] < 3:
            done["rows"] += 1
            self.heartbeat(done)
            if done["rows"] == step.attempts < 3:
                raise RuntimeError("interrupted")
        with contextlib.suppress(PermanentError):
            self.heartbeat({"bad": object()})
        return done


@handler
class ReadsFar(StepHandler):
    def process(self, task, sequence, step):
        far = sequence.find_step_by_name("add")
        return [far.name, far.state, far.results["sum"], sequence.results_of("double")["doubled"]]


@handler
class ReadsStranger(StepHandler):
    def process(self, task, sequence, step):
        return sequence.results_of("stranger")


@handler
class Calls(StepHandler):
    def process(self, task, sequence, step):
        self.logger.info("calling", odd=object())
        answer = self.http.get(task.context["url"], params={"q": "1"})
        again = tasker.http.post(task.context["url"], json={"a": 1})
        return [answer.status, answer.text, again.text]


@handler
class CallsApi(tasker.ApiStepHandler):
    async def call(self, task, sequence, step):
        return await asyncio.to_thread(self.client.get, task.context["url"])


@handler
class AsyncCalls(StepHandler):
    async def process(self, task, sequence, step):
        # Many share one thread; the module's client is that of the attempt all the same.
        await asyncio.sleep(0.01)
        answer = await asyncio.to_thread(tasker.http.get, task.context["url"] + "/" + task.context["id"])
        return answer.text


@handler
class Reserved(StepHandler):
    def process(self, task, sequence, step):
        self.publish("task.completed", {})


@handler
class ReadsFile(StepHandler):
    def process(self, task, sequence, step):
        return self.read_text("greeting.txt")


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = f"{self.command} {self.path} {self.rfile.read(size).decode()}".strip().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class RoundTripTest(EmbeddedTest):
    handlers = (Add, Double, counted, Retried, Declined, Failing, Long, Import, ReadsFar, ReadsStranger, Calls,
                CallsApi, AsyncCalls, Reserved, ReadsFile)  # fmt: skip

    def setUp(self):
        Failing.healed.clear()
        Long.started, Long.told = threading.Event(), threading.Event()

    def serve(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def test_steps_run_with_what_came_before(self):
        task_id = self.create(
            ("add", Add, "handler_config: {unit: cents}"), ("double", Double), context={"a": 2, "b": 3}, tags=["x"]
        )

        steps = self.ended(task_id, "complete")

        self.assertEqual({"sum": 5, "attempts": 1, "config": {"unit": "cents"}}, steps["add"]["results"])
        self.assertEqual({"doubled": 10, "before": None}, steps["double"]["results"])
        self.assertEqual(7, steps["add"]["retry_limit"])
        self.assertNotIn("transitions", self.engine.task(task_id, transitions=False))

    def test_functions_are_handlers(self):
        task_id = self.create(("count", counted, "handler_config: {by: 3}"))

        step = self.ended(task_id, "complete")["count"]

        self.assertEqual({"counted": 3}, step["results"])
        self.assertEqual(4, step["retry_limit"])

    def test_a_failed_step_waits_as_long_as_it_says(self):
        task_id = self.create(("pay", Retried))

        self.assertEqual(2, self.ended(task_id, "complete")["pay"]["results"])

        moves = [
            (move["to_state"], time_of(move["at"]))
            for move in self.engine.task(task_id)["transitions"]
            if move["step"] == "pay"
        ]
        failed = next(at for state, at in moves if state == "error")
        done = next(at for state, at in moves if state == "complete")
        self.assertGreaterEqual(done - failed, 1.5)
        self.assertLess(done - failed, 8)

    def test_a_waiting_step_tells_why(self):
        task_id = self.create(
            ("pay", Failing, "default_retry_limit: 2", "backoff: {strategy: fixed, base_seconds: 60}")
        )
        until(lambda: steps_of(self.engine.task(task_id))["pay"]["state"] == "error")

        reasons = self.engine.why(task_id, "pay")

        self.assertTrue(reasons[0]["explanation"])
        self.assertIn("backing_off", [reason["reason"] for reason in reasons], reasons)
        self.engine.cancel(task_id)

    def test_errors_are_stored_as_they_were_raised(self):
        error = self.failed(Declined)

        self.assertEqual("tasker.PermanentError", error["class"])
        self.assertEqual(["declined", "DECLINED", False], [error["message"], error["error_code"], error["retryable"]])
        self.assertEqual({"cents": 5}, error["context"])
        self.assertEqual(["ValueError", "no money"], [error["cause"]["class"], error["cause"]["message"]])
        self.assertRegex(error["backtrace"][0], r"test_engine.py:\d+:in .*process")
        self.assertEqual(1, len(error["backtrace"]))

    def test_a_cancelled_handler_is_told(self):
        task_id = self.create(("long", Long))
        self.assertTrue(Long.started.wait(LIMIT))

        changes = self.engine.cancel(task_id, reason="a test", operator="tests")

        self.assertTrue(Long.told.wait(LIMIT))
        self.assertEqual({"cancelled"}, {change["to_state"] for change in changes})
        self.assertEqual("cancelled", self.engine.wait(task_id, LIMIT))

    def test_checkpoints_outlive_attempts(self):
        results = self.ended(self.create(("rows", Import)), "complete")["rows"]["results"]

        self.assertEqual({"rows": 3, "seen": [1, 2, 3]}, results)

    def test_far_ancestors_are_read(self):
        task_id = self.create(("add", Add), ("double", Double), ("far", ReadsFar), context={"a": 1, "b": 1})

        self.assertEqual(["add", "complete", 2, 4], self.ended(task_id, "complete")["far"]["results"])

    def test_strangers_are_not(self):
        error = self.failed(ReadsStranger)

        self.assertEqual("STEP_NOT_AN_ANCESTOR", error["error_code"])
        self.assertIn("depends_on_steps", error["message"])

    def test_handlers_send_requests(self):
        url = self.serve()

        steps = self.ended(self.create(("call", Calls), context={"url": url + "/x"}), "complete")

        self.assertEqual([200, "GET /x?q=1", 'POST /x {"a":1}'], steps["call"]["results"])

    def test_api_handlers_check_what_comes(self):
        context = {"url": self.serve() + "/api"}

        steps = self.ended(
            self.create(("call", CallsApi, f"handler_config: {{url: '{context['url']}'}}"), context=context), "complete"
        )

        self.assertEqual([200, "GET /api"], [steps["call"]["results"]["status"], steps["call"]["results"]["body"]])

    def test_coroutines_that_share_a_thread_have_clients_of_their_own(self):
        name, yaml = template_of([("call", AsyncCalls)])
        self.engine.register_template(yaml=yaml)
        url = self.serve()

        ids = [self.engine.create_task(name, {"url": url, "id": f"n{number}"}) for number in range(20)]

        found = [self.ended(task_id, "complete")["call"]["results"] for task_id in ids]
        self.assertEqual([f"GET /n{number}" for number in range(20)], found)

    def test_errors_of_the_host_are_the_handlers_own(self):
        self.assertEqual("EVENT_INVALID", self.failed(Reserved)["error_code"])

    def test_files_lie_beside_the_template(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "data"))
            write(os.path.join(folder, "data", "greeting.txt"), "Grüße")
            name, yaml = template_of([("read", ReadsFile)])
            write(os.path.join(folder, "t.yaml"), yaml)
            told = self.engine.register_template(os.path.join(folder, "t.yaml"))

            steps = self.ended(self.engine.create_task(name), "complete")

        self.assertEqual(["registered", name], [told["outcome"], told["name"]])
        self.assertEqual("Grüße", steps["read"]["results"])

    def test_operators_move_tasks(self):
        draft = self.create(("add", Add), context={"a": 1, "b": 1}, draft=True)
        self.assertEqual("draft", self.engine.task(draft)["state"])
        self.engine.launch(draft)
        self.ended(draft, "complete")

        failed = self.create(("fail", Failing))
        self.ended(failed, "error")
        Failing.healed.set()
        self.engine.retry(failed, reset_attempts=True)
        self.assertEqual("healed", self.ended(failed, "complete")["fail"]["results"])

        Failing.healed.clear()
        resolved = self.create(("fail", Failing))
        self.ended(resolved, "error")
        self.engine.resolve(resolved)
        self.assertEqual("resolved_manually", self.engine.task(resolved)["state"])

        paused = self.create(("add", Add), context={"a": 1, "b": 1}, delay_seconds=LIMIT)
        self.engine.pause(paused)
        self.assertEqual("paused", self.engine.task(paused)["state"])
        self.engine.resume(paused)
        self.assertIn(self.engine.task(paused)["state"], ("pending", "in_progress"))
        self.engine.cancel(paused)

    def test_operators_move_steps(self):
        request = {"context": {"a": 1, "b": 1}, "delay_seconds": LIMIT}
        acts = {
            "skipped": lambda task: self.engine.skip_step(task, "add"),
            "resolved_manually": lambda task: self.engine.resolve_step(task, "add"),
            "cancelled": lambda task: self.engine.cancel_step(task, "add"),
        }
        for state, act in acts.items():
            with self.subTest(state):
                task_id = self.create(("add", Add), **request)
                act(task_id)
                self.assertEqual(state, steps_of(self.engine.task(task_id))["add"]["state"])

        completed = self.create(("add", Add), ("double", Double), context={"a": 1, "b": 1}, draft=True)
        self.engine.complete_step(completed, "add", {"sum": 21})
        self.engine.launch(completed)
        self.assertEqual(42, self.ended(completed, "complete")["double"]["results"]["doubled"])

    def test_a_failed_step_is_retried_at_once(self):
        task_id = self.create(
            ("pay", Failing, "default_retry_limit: 2", "backoff: {strategy: fixed, base_seconds: 60}")
        )
        until(lambda: steps_of(self.engine.task(task_id))["pay"]["state"] == "error")
        Failing.healed.set()

        self.engine.retry_step(task_id, "pay")

        self.assertEqual("healed", self.ended(task_id, "complete")["pay"]["results"])

    def test_a_thousand_tasks_run_once_each(self):
        name, yaml = template_of([("add", Add)])
        self.engine.register_template(yaml=yaml)

        with ThreadPoolExecutor(4) as pool:
            ids = list(pool.map(lambda n: self.engine.create_task(name, {"a": n, "b": 1}), range(1_000)))
            states = set(pool.map(lambda task_id: self.engine.wait(task_id, 2 * LIMIT), ids))
            sums = list(pool.map(lambda task_id: steps_of(self.engine.task(task_id))["add"]["results"], ids))

        self.assertEqual({"complete"}, states)
        self.assertEqual([(n + 1, 1) for n in range(1_000)], [(each["sum"], each["attempts"]) for each in sums])

    def test_collecting_garbage_all_the_time_does_no_harm(self):
        name, yaml = template_of([("add", Add), ("double", Double)])
        self.engine.register_template(yaml=yaml)
        before = gc.get_threshold()
        self.addCleanup(gc.set_threshold, *before)
        gc.set_threshold(1, 1, 1)

        ids = [self.engine.create_task(name, {"a": n, "b": n}) for n in range(20)]
        found = [self.ended(task_id, "complete")["double"]["results"]["doubled"] for task_id in ids]
        job = self.engine.handle_task(ids[0])

        self.assertEqual([4 * n for n in range(20)], found)
        self.assertTrue(job.is_ended)


class HookTest(EmbeddedTest):
    @handler
    class Hooks(tasker.TaskHandler):
        def schema(self):
            return {"type": "object", "required": ["a"]}

        def establish_step_dependencies_and_defaults(self, task, steps):
            steps[0]["inputs"] = {"twice": task.context["a"] * 2}

    @handler
    class Inputs(StepHandler):
        def process(self, task, sequence, step):
            return step.inputs["twice"]

    handlers = (Hooks, Inputs)

    def test_hooks_of_a_template_run_when_a_task_is_made(self):
        name, yaml = template_of([("only", self.Inputs)])
        key = self.Hooks._tasker_handler_name()
        self.engine.register_template(yaml=f"task_handler: {{runtime: python, handler_class: {key}}}\n{yaml}")
        task = self.engine.create_task(name, {"a": 4})

        self.assertEqual(8, self.ended(task, "complete")["only"]["results"])
        with self.assertRaises(InvalidError):
            self.engine.create_task(name, {"b": 1})


class SubscriberTest(EmbeddedTest):
    handlers = (Add,)

    @handler
    class Seen(tasker.Subscriber):
        events: queue.Queue = queue.Queue()

        async def handle(self, event):
            self.events.put((self.config["as"], event["event_type"], event["task_id"]))
            if self.config.get("fails"):
                raise RuntimeError("not mine")

    def test_subscribers_take_the_events_that_they_ask_for_until_they_are_ended(self):
        name, yaml = template_of([("add", Add)])
        self.engine.register_template(yaml=yaml)
        one = self.engine.subscribe(self.Seen, "task.completed", template=name, config={"as": "one"})
        failing = self.engine.subscribe(
            self.Seen,
            ["step.completed", "task.completed"],
            name=f"failing_{RUN}",
            template=name,
            config={"as": "failing", "fails": True},
        )
        tasks = [self.engine.create_task(name, {"a": 1, "b": 1}) for _ in range(2)]
        for task in tasks:
            self.assertEqual("complete", self.engine.wait(task, LIMIT))
        seen = [self.Seen.events.get(timeout=LIMIT) for _ in range(6)]

        self.assertCountEqual([("one", "task.completed", task) for task in tasks], [e for e in seen if e[0] == "one"])
        self.assertEqual(
            ["step.completed", "step.completed", "task.completed", "task.completed"],
            sorted(event[1] for event in seen if event[0] == "failing"),
        )
        self.assertTrue(self.engine.unsubscribe(one))
        self.assertFalse(self.engine.unsubscribe(one))
        self.assertTrue(self.engine.unsubscribe(failing))

    def test_a_durable_subscriber_is_told_what_another_engine_does(self):
        with open_engine(slots=1) as other:
            other.subscribe(self.Seen, "task.completed", name=f"durable_{RUN}", durable=True, config={"as": "durable"})
            task = self.create(("add", Add), context={"a": 1, "b": 2})
            self.ended(task, "complete")
            while (event := self.Seen.events.get(timeout=LIMIT)) != ("durable", "task.completed", task):
                self.assertEqual("durable", event[0])

    def test_a_subscription_that_makes_no_sense_is_refused(self):
        for cls, events, more in [
            (self.Seen, [], {}),
            (Add, ["task.completed"], {}),
            (self.Seen, ["order.shipped"], {"durable": True}),
        ]:
            with self.assertRaises(InvalidError) as raised:
                self.engine.subscribe(cls, events, **more)
            self.assertEqual("SUBSCRIPTION_INVALID", raised.exception.code)


class ErrorsTest(EmbeddedTest):
    handlers = (Add,)
    threads = 0

    def refused(self, kind, code, call):
        with self.assertRaises(kind) as caught:
            call()
        self.assertEqual(code, caught.exception.code)
        self.assertIsInstance(caught.exception, EngineError)
        self.assertIn(code, str(caught.exception))
        return caught.exception

    def test_each_kind_has_a_class(self):
        # A draft, so that no other test gets its step.
        task_id = self.create(("add", Add), context={"a": 1, "b": 1}, draft=True)
        engine = self.engine

        error = self.refused(NotFoundError, "TASK_NOT_FOUND", lambda: engine.task(2**40))
        self.assertEqual({"task_id": 2**40}, error.details)
        self.refused(NotFoundError, "TEMPLATE_NOT_FOUND", lambda: engine.create_task("gone"))
        self.refused(NotFoundError, "STEP_NOT_FOUND", lambda: engine.why(task_id, "gone"))
        self.refused(ConflictError, "TASK_STATE_CONFLICT", lambda: engine.resume(task_id))
        self.refused(InvalidError, "REQUEST_INVALID", lambda: engine.call("nope"))
        self.refused(InvalidError, "INPUT_NOT_JSON", lambda: engine.create_task("gone", {"a": object()}))
        self.refused(InvalidError, "TEMPLATE_SYNTAX", lambda: engine.register_template(yaml="a: ["))
        self.refused(InvalidError, "REQUEST_INVALID", lambda: engine.register_template())
        self.refused(InvalidError, "OPTION_INVALID", lambda: Engine.open(DATABASE_URL, slots=0))
        self.refused(InvalidError, "CONFIG_UNKNOWN_KEY", lambda: Engine.open(DATABASE_URL, settings={"a.b": 1}))

    def test_the_configuration_says_how_tasks_and_templates_are_read(self):
        name, yaml = template_of([("add", Add)])
        yaml += "environments:\n  production:\n    step_templates:\n      - { name: add, default_retry_limit: 7 }\n"
        settings = {"engine.identity_strategy": "strict", "engine.environment": "production"}
        with tempfile.TemporaryDirectory() as folder:
            events = Path(folder, "events.yaml")
            events.write_text("event_metadata: { sums: { added: { description: A sum } } }\n")
            settings["engine.custom_events_directories"] = folder
            with open_engine(Add, settings=settings) as engine:
                engine.register_template(yaml=yaml)
                task_id = engine.create_task(name, {"a": 1, "b": 1}, draft=True)

                error = self.refused(ConflictError, "TASK_DUPLICATE", lambda: engine.create_task(name, {"a": 1, "b": 1}))
                self.assertEqual(task_id, error.details["task_id"])
                self.assertEqual(7, steps_of(engine.task(task_id))["add"]["retry_limit"])

            events.write_text("event_metadata: [")
            self.refused(InvalidError, "EVENT_INVALID", lambda: open_engine(Add, settings=settings))
            settings = {"engine.subscriptions_directories": folder}
            self.refused(InvalidError, "OPTION_INVALID", lambda: open_engine(Add, settings=settings))

    def test_a_database_that_is_away_is_unavailable(self):
        options = {"settings": {"database.connect_timeout": "1s", "database.pool_wait_timeout": "250ms"}}
        self.refused(
            UnavailableError,
            "DATABASE_UNAVAILABLE",
            lambda: Engine.open("postgresql://nobody@127.0.0.1:1/none", **options),
        )

    def test_a_closed_engine_says_so(self):
        engine = open_engine(Add)
        worker = engine.worker(2)
        engine.close()
        engine.close()

        self.assertTrue(engine.is_closed)
        self.assertFalse(worker.is_running)
        for call in (
            lambda: engine.create_task("gone"),
            lambda: engine.handle_task(1),
            lambda: engine.next_work(0),
            lambda: engine.extend_work(1),
            lambda: engine.wake_fd(),
            lambda: engine.register_handlers(Add),
            lambda: engine.worker(),
        ):
            self.refused(ClosedError, "ENGINE_CLOSED", call)
        status, text = engine._library.call(12345 << 16 | 1, "start", "")
        self.assertIsInstance(_native.error_of(status, text), ClosedError)

    def test_a_missing_runtime_is_told_with_where_it_was_looked_for(self):
        with self.assertRaisesRegex(RuntimeMissingError, "/nowhere.*tasker runtime DIR"):
            _native.runtime_folder("/nowhere")
        with self.assertRaisesRegex(ConflictError, "one process has one"), tempfile.TemporaryDirectory() as folder:
            write(os.path.join(folder, "libtasker.so"), "")
            Engine.open(DATABASE_URL, runtime=folder)
        with self.assertRaisesRegex(RuntimeMissingError, "LIBRARY_NOT_LOADED"), tempfile.TemporaryDirectory() as folder:
            write(os.path.join(folder, "libtasker.so"), "no library")
            _native.Library(Path(folder, "libtasker.so"))
        with self.assertRaisesRegex(RuntimeMissingError, "no libtasker of this release"):
            import _ctypes

            _native.Library(Path(_ctypes.__file__))

    def test_handlers_that_cannot_run_are_refused(self):
        class TooFew(StepHandler):
            def process(self, task):
                pass

        class Odd(StepHandler):
            inputs_schema = {"a": object()}

        class Declares(StepHandler):
            retry_limit = -1

        class Named(StepHandler):
            handler_name = Add.handler_name

        engine = self.engine
        for code, given in (
            ("HANDLER_SIGNATURE_INVALID", TooFew),
            ("HANDLER_DECLARATION_INVALID", Odd),
            ("HANDLER_DECLARATION_INVALID", Declares),
            ("HANDLER_DUPLICATE", Named),
            ("HANDLER_NOT_A_STEP_HANDLER", dict),
            ("HANDLER_NOT_A_STEP_HANDLER", len),
        ):
            with self.subTest(given):
                self.refused(InvalidError, code, lambda given=given: engine.register_handlers(given))
        self.assertEqual([Add], list(engine.handlers.values()))
        engine.register_handlers(Add)

    def test_codes_have_the_kinds_of_the_engine(self):
        if not os.path.exists(ERROR_CODES):
            self.skipTest("the sources of the engine are not here")
        with open(ERROR_CODES, encoding="utf-8") as file:
            kinds = re.findall(r"^    ([A-Z_]+)\(Kind\.([A-Z_]+)\)", file.read(), re.MULTILINE)
        wanted = {
            "INVALID": InvalidError,
            "NOT_FOUND": NotFoundError,
            "CONFLICT": ConflictError,
            "UNAVAILABLE": UnavailableError,
        }

        self.assertGreater(len(kinds), 50)
        for code, kind in kinds:
            if kind in wanted:
                self.assertIs(wanted[kind], _native.kind_of(_native.INVALID, code), code)
        self.assertIs(InternalError, _native.kind_of(_native.INTERNAL, "INTERNAL"))
        self.assertIs(ForkedError, _native.kind_of(_native.FORKED, "PROCESS_FORKED"))


class HostileError(Exception):
    def __str__(self):
        raise KeyboardInterrupt

    def __getattribute__(self, name):
        raise SystemExit(name)


class OwnError(BaseException):
    pass


def recurse():
    return recurse()


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


def itself():
    value = {}
    value["self"] = [value]
    return value


def raise_(error):
    raise error


CIRCUS = {
    "exit": lambda: sys.exit(3),
    "interrupt": lambda: raise_(KeyboardInterrupt()),
    "own": lambda: raise_(OwnError("mine")),
    "hostile": lambda: raise_(HostileError()),
    "recursion": recurse,
    "object": lambda: {"rows": [1, object()]},
    "nan": lambda: [float("nan")],
    "bytes": lambda: {"a": b"x"},
    "key": lambda: {"a": {1: 2}},
    "itself": itself,
    "deep": lambda: deep(150),
    "large": lambda: "x" * (5 * 1024 * 1024),
    "huge": lambda: "x" * (65 * 1024 * 1024),
    "number": lambda: {"n": 10**5_000},
    "surrogate": lambda: "\ud800",
    "zero": lambda: "a\0b",
}


@handler
class Circus(StepHandler):
    retryable = False

    def process(self, task, sequence, step):
        return CIRCUS[task.context["trick"]]()


@handler
class AsyncCircus(StepHandler):
    retryable = False

    async def process(self, task, sequence, step):
        await asyncio.sleep(0)
        return CIRCUS[task.context["trick"]]()


@handler
class CallsBack(StepHandler):
    engine: Engine

    def process(self, task, sequence, step):
        inner = self.engine.create_task(task.context["template"], {"a": 1, "b": 1})
        return self.engine.wait(inner, LIMIT)


@handler
class Children(StepHandler):
    def process(self, task, sequence, step):
        done = subprocess.run(["true"], check=False)
        pid = os.fork()
        if pid == 0:
            os._exit(7)
        return [done.returncode, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])]


@handler
class AsyncChildren(StepHandler):
    async def process(self, task, sequence, step):
        child = await asyncio.create_subprocess_exec("sh", "-c", "echo hello", stdout=subprocess.PIPE)
        out, _ = await child.communicate()
        return [child.returncode, out.decode()]


class OddHandlersTest(EmbeddedTest):
    handlers = (Circus, AsyncCircus, CallsBack, Add, Children, AsyncChildren)
    wanted = {
        "exit": ("SystemExit", None, "exit with status 3"),
        "interrupt": ("KeyboardInterrupt", None, ""),
        "own": (f"{__name__}.OwnError", None, "mine"),
        "hostile": ("HostileError", None, "cannot be"),
        "recursion": ("RecursionError", None, "maximum recursion"),
        "object": ("ResultNotJson", "RESULT_NOT_JSON", "results.rows[1]: a value of type object"),
        "nan": ("ResultNotJson", "RESULT_NOT_JSON", "results[0]: nan"),
        "bytes": ("ResultNotJson", "RESULT_NOT_JSON", "results.a: bytes"),
        "key": ("ResultNotJson", "RESULT_NOT_JSON", "results.a: the key 1 is a int"),
        "itself": ("ResultNotJson", "RESULT_NOT_JSON", "results.self[0]: the value contains itself"),
        "deep": ("ResultNotJson", "RESULT_TOO_LARGE", "nested deeper than 100"),
        "large": ("ResultTooLarge", "RESULT_TOO_LARGE", "more than the limit"),
        "huge": ("ResultNotJson", "RESULT_TOO_LARGE", "more than"),
        "number": ("ResultNotJson", "RESULT_TOO_LARGE", "digits"),
        "surrogate": (None, "RESULT_NOT_JSON", ""),
        "zero": (None, "RESULT_NOT_JSON", ""),
    }

    def check(self, cls):
        name, yaml = template_of([("odd", cls)])
        self.engine.register_template(yaml=yaml)
        ids = {trick: self.engine.create_task(name, {"trick": trick}) for trick in CIRCUS}
        for trick, task_id in ids.items():
            with self.subTest(trick):
                error = self.ended(task_id, "error")["odd"]["error"]
                kind, code, message = self.wanted[trick]
                self.assertEqual(kind or error["class"], error["class"])
                self.assertEqual(code, error["error_code"])
                self.assertIn(message, error["message"])

    def test_whatever_a_handler_does_is_a_failure_of_its_step(self):
        self.check(Circus)

    def test_whatever_a_coroutine_does_is_a_failure_of_its_step(self):
        self.check(AsyncCircus)

    def test_a_handler_calls_the_engine(self):
        CallsBack.engine = self.engine
        name, yaml = template_of([("add", Add)])
        self.engine.register_template(yaml=yaml)

        steps = self.ended(self.create(("outer", CallsBack), context={"template": name}), "complete")

        self.assertEqual("complete", steps["outer"]["results"])

    def test_children_are_reaped(self):
        steps = self.ended(self.create(("sync", Children), ("async", AsyncChildren)), "complete")

        self.assertEqual([0, 7], steps["sync"]["results"])
        self.assertEqual([0, "hello\n"], steps["async"]["results"])

    def test_signals_stay_with_the_application(self):
        got = []
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            before = signal.signal(number, lambda given, _: got.append(given))
            self.addCleanup(signal.signal, number, before)
            os.kill(os.getpid(), number)
            until(lambda number=number: number in got)


class Gathering:
    """Coroutines that go on when a number of them have come together."""

    def __init__(self, count):
        self.count = count
        self.event = asyncio.Event()

    async def join(self):
        self.count -= 1
        if self.count == 0:
            self.event.set()
        await asyncio.wait_for(self.event.wait(), LIMIT)


@handler
class Joins(StepHandler):
    gathering: Gathering

    async def process(self, task, sequence, step):
        await Joins.gathering.join()
        return threading.current_thread().name


class OneThreadTest(EmbeddedTest):
    handlers = (Joins,)
    options = {"slots": 5}
    threads = 1

    def test_as_many_coroutines_as_slots_run_at_once_on_one_thread(self):
        Joins.gathering = Gathering(5)
        name, yaml = template_of([("join", Joins)])
        self.engine.register_template(yaml=yaml)

        ids = [self.engine.create_task(name) for _ in range(5)]

        names = {self.ended(task_id, "complete")["join"]["results"] for task_id in ids}
        self.assertEqual({"tasker-asyncio"}, names)

    def test_the_loop_may_be_the_applications(self):
        async def main():
            Joins.gathering = Gathering(1)
            engine = await asyncio.to_thread(open_engine, Joins)
            engine.worker(1, loop=asyncio.get_running_loop())
            try:
                name, yaml = template_of([("join", Joins)])
                engine.register_template(yaml=yaml)
                task_id = engine.create_task(name)
                await asyncio.to_thread(engine.wait, task_id, LIMIT)
                return steps_of(engine.task(task_id))["join"]["results"]
            finally:
                await asyncio.to_thread(engine.close)

        # The shared engine has the handler too, and may be the faster one.
        self.engine.close()
        self.assertEqual("MainThread", asyncio.run(main()))
        type(self).engine = open_engine(*self.handlers, **self.options)
        self.engine.worker(1)
        self.addClassCleanup(self.engine.close)


@handler
class Where(StepHandler):
    def process(self, task, sequence, step):
        return threading.get_ident()


@handler
class AsyncWhere(StepHandler):
    async def process(self, task, sequence, step):
        await asyncio.sleep(0.001)
        return threading.get_ident()


@handler
class Interrupted(StepHandler):
    def process(self, task, sequence, step):
        if step.attempts == 1:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(LIMIT)
        return step.attempts


class TaskModeTest(EmbeddedTest):
    handlers = (Where, AsyncWhere, Failing, Interrupted, Retried)
    threads = 0

    def test_steps_run_on_the_calling_thread(self):
        task_id = self.create(("one", Where), ("two", AsyncWhere), ("three", Where))

        verdict = self.engine.handle_task(task_id)

        self.assertEqual(("ended", "complete", None), (verdict.kind, verdict.state, verdict.delay))
        results = [step["results"] for step in self.engine.task(task_id)["steps"]]
        self.assertEqual([threading.get_ident()] * 3, results)
        self.assertTrue(self.engine.handle_task(task_id).is_ended)

    def test_a_job_may_be_run_inside_an_event_loop(self):
        task_id = self.create(("one", AsyncWhere))

        async def main():
            return self.engine.handle_task(task_id)

        self.assertTrue(asyncio.run(main()).is_ended)

    def test_the_verdict_tells_when_to_come_back(self):
        task_id = self.create(("pay", Retried))

        verdict = self.engine.handle_task(task_id)

        self.assertTrue(verdict.is_again)
        self.assertEqual("retry_backoff", verdict.reason)
        self.assertGreater(verdict.delay, 0)
        self.assertLessEqual(verdict.delay, 1.5)

    def test_a_task_that_rests_has_nothing_to_do(self):
        task_id = self.create(("one", Where), draft=True)

        self.assertEqual("nothing_to_do", self.engine.handle_task(task_id).kind)
        with self.assertRaises(NotFoundError):
            self.engine.handle_task(2**40)

    def test_an_interrupt_is_raised_again(self):
        task_id = self.create(("one", Interrupted))

        with self.assertRaises(KeyboardInterrupt):
            self.engine.handle_task(task_id)

        error = steps_of(self.engine.task(task_id))["one"]["error"]
        self.assertEqual("KeyboardInterrupt", error["class"])

    def test_jobs_of_one_task_merge(self):
        task_id = self.create(*[(f"s{number}", Where) for number in range(10)])

        with ThreadPoolExecutor(4) as pool:
            kinds = [verdict.kind for verdict in pool.map(self.engine.handle_task, [task_id] * 4)]

        self.assertIn("ended", kinds)
        self.assertEqual({1}, {step["attempts"] for step in self.engine.task(task_id)["steps"]})


class EventLoopTest(EmbeddedTest):
    handlers = (Add,)
    threads = 0

    def test_a_program_may_pull_work_itself(self):
        poll = select.poll()
        poll.register(self.engine.wake_fd(), select.POLLIN)
        self.assertIsNone(self.engine.next_work(0))
        self.assertEqual([], poll.poll(0))
        self.engine.start()
        task_id = self.create(("add", Add), context={"a": 1, "b": 2})

        self.assertTrue(poll.poll(LIMIT * 1000))
        item = self.engine.next_work(0)
        self.assertTrue(self.engine.extend_work(item["work_id"]))
        self.engine.run_work(item)

        self.assertEqual(3, self.ended(task_id, "complete")["add"]["results"]["sum"])
        self.assertFalse(self.engine.extend_work(item["work_id"]))


@handler
class Holds(StepHandler):
    started = threading.Event()
    release = threading.Event()

    def process(self, task, sequence, step):
        Holds.started.set()
        Holds.release.wait(LIMIT)
        return "finished"


class CloseTest(unittest.TestCase):
    def setUp(self):
        require_engine()
        Holds.started.clear()
        Holds.release.clear()
        self.addCleanup(Holds.release.set)
        self.engine = open_engine(Holds)
        self.other = open_engine(Add)
        self.addCleanup(self.other.close)
        self.addCleanup(self.engine.close, 0)
        name, yaml = template_of([("hold", Holds)])
        self.engine.register_template(yaml=yaml)
        self.worker = self.engine.worker(2)
        self.task_id = self.engine.create_task(name)
        self.assertTrue(Holds.started.wait(LIMIT))

    def test_what_runs_finishes(self):
        timer = threading.Timer(0.3, Holds.release.set)
        timer.start()

        self.worker.stop(LIMIT)

        self.assertTrue(self.engine.is_closed)
        step = steps_of(self.other.task(self.task_id))["hold"]
        self.assertEqual(("complete", "finished"), (step["state"], step["results"]))

    def test_what_does_not_finish_in_time_is_given_back(self):
        self.engine.close(0.1)

        step = steps_of(self.other.task(self.task_id))["hold"]
        # So that no other test gets its step.
        self.other.cancel(self.task_id)
        self.assertEqual(("pending", 0), (step["state"], step["attempts"]))


KILLED = """
import sys, threading
from embedding import *
class Blocks(StepHandler):
    handler_name = sys.argv[1]
    def process(self, task, sequence, step):
        print(step.attempts, flush=True)
        threading.Event().wait()
engine = open_engine(Blocks, settings={"engine.lease": "2s"})
engine.worker()
print("ready", flush=True)
threading.Event().wait()
"""


@handler
class TakesOver(StepHandler):
    def process(self, task, sequence, step):
        return step.attempts


class KillTest(unittest.TestCase):
    def test_another_process_takes_over_what_a_killed_one_ran(self):
        require_engine()
        lease = 2.0
        engine = open_engine(settings={"engine.lease": f"{lease:g}s"})
        self.addCleanup(engine.close)
        process = python(KILLED, TakesOver.handler_name)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        self.assertEqual("ready", process.stdout.readline().strip())
        name, yaml = template_of([("block", TakesOver)])
        engine.register_template(yaml=yaml)
        task_id = engine.create_task(name)
        self.assertEqual("1", process.stdout.readline().strip())
        engine.register_handlers(TakesOver)
        engine.worker()

        process.kill()
        killed = time.monotonic()
        state = engine.wait(task_id, LIMIT)
        took = time.monotonic() - killed

        self.assertEqual(("complete", 2), (state, steps_of(engine.task(task_id))["block"]["results"]))
        self.assertLess(took, lease + 2)


FORKED = """
import os, sys
from embedding import *
from tasker.engine import ForkedError
engine = open_engine()
pid = os.fork()
if pid == 0:
    calls = [lambda: engine.create_task("x"), lambda: Engine.open(DATABASE_URL)]
    calls += [engine.wake_fd, lambda: engine.next_work(0)]
    for call in calls:
        try:
            print("no error", call(), flush=True)
        except ForkedError as error:
            print(error, flush=True)
    engine.close()
    sys.exit(0)
os.waitpid(pid, 0)
print("parent", engine.wait(engine.create_task(sys.argv[1], draft=True), 0), flush=True)
engine.close()
"""

BEFORE_FORK = """
import os
from embedding import *
import tasker.worker
pid = os.fork()
if pid == 0:
    with open_engine() as engine:
        print("child", engine.version, flush=True)
    os._exit(0)
os.waitpid(pid, 0)
"""


class ProcessTest(unittest.TestCase):
    def output(self, script, *arguments):
        process = python(script, *arguments)
        out, _ = process.communicate(timeout=2 * LIMIT)
        self.assertEqual(0, process.returncode, out)
        return out.splitlines()

    def test_a_forked_child_is_told_where_to_open_the_engine(self):
        require_engine()
        with open_engine(Add) as engine:
            name, yaml = template_of([("add", Add)])
            engine.register_template(yaml=yaml)

        lines = self.output(FORKED, name)

        self.assertEqual("parent draft", lines[-1])
        self.assertEqual(5, len(lines), lines)
        for line in lines[:2] + lines[3:4]:
            self.assertRegex(line, "PROCESS_FORKED: .*gunicorn post_worker_init")

    def test_an_engine_opened_after_the_fork_works(self):
        require_engine()
        self.assertRegex(self.output(BEFORE_FORK)[0], r"child \d")

    def test_the_handler_library_loads_nothing_native(self):
        script = "import sys; before = set(sys.modules); import tasker; print(sorted(set(sys.modules) - before))"
        self.assertEqual(["['tasker']"], self.output(script))

    def test_the_example_of_the_readme_runs(self):
        require_engine()
        with open(os.path.join(os.path.dirname(SOURCE), "README.md"), encoding="utf-8") as file:
            example = file.read().split("```py\n")[1].partition("```")[0]
        environment = "import os; os.environ['TASKER_DATABASE_URL'] = os.environ['TASKER_TEST_DATABASE_URL']\n"
        # Runs side by side have names of their own.
        for name in ("ValidateCart", "ShipOrder"):
            example = example.replace(name, f"{name}{RUN}")
        example = example.replace("namespace_name: shop", f"namespace_name: shop_{RUN}").replace(
            "shop.", f"shop_{RUN}."
        )

        self.assertEqual(["complete", "{'shipped': True}"], self.output(environment + example))

    def test_a_process_that_forgets_to_close_ends(self):
        require_engine()
        script = "from embedding import *\nengine = open_engine()\nengine.worker()\nprint('end')"
        self.assertEqual(["end"], self.output(script))


class LoggerTest(EmbeddedTest):
    options = {"enqueuer": f"queue_{os.getpid()}"}
    handlers = (Add,)

    def test_a_task_that_no_queue_takes_is_warned_of_in_the_applications_log(self):
        self.engine.logger = logging.getLogger("app")

        with self.assertLogs("app", "WARNING") as logs:
            task_id = self.create(("add", Add), context={"a": 1, "b": 1})
            until(lambda: any(f"task {task_id} waits for a queue" in line for line in logs.output))

        handed = []
        self.engine.on_enqueue = lambda *given: handed.append(given)
        other = self.create(("add", Add), context={"a": 1, "b": 1})
        until(lambda: any(given[0] == other for given in handed))
        self.assertEqual(0, next(given[1] for given in handed if given[0] == other))


def until(condition):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not happen in time")
        time.sleep(0.01)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def time_of(text):
    from datetime import datetime

    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    unittest.main()
