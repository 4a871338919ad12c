import contextlib
import functools
import io
import os
import pickle
import subprocess
import sys
import threading
import unittest

SOURCE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src")
sys.path.insert(0, SOURCE)

import tasker  # noqa: E402
from tasker import (  # noqa: E402
    ApiStepHandler,
    HttpResponse,
    PermanentError,
    RetryableError,
    Sequence,
    Step,
    StepCancelled,
    StepHandler,
    Task,
    TaskerError,
    step_handler,
)


class ErrorsTest(unittest.TestCase):
    def test_retryable_error_carries_delay_and_context(self):
        error = RetryableError("busy", retry_after=30, context={"gateway": "eu-1"})

        self.assertEqual("busy", str(error))
        self.assertEqual(30, error.retry_after)
        self.assertEqual({"gateway": "eu-1"}, error.context)
        self.assertIsInstance(error, TaskerError)

    def test_delay_and_context_are_optional(self):
        error = RetryableError("busy")

        self.assertIsNone(error.retry_after)
        self.assertEqual({}, error.context)

    def test_bad_delays_are_refused(self):
        for delay in ("soon", True, [1]):
            with self.assertRaisesRegex(TypeError, "retry_after must be a number of seconds"):
                RetryableError("busy", retry_after=delay)
        for delay in (float("nan"), float("inf")):
            with self.assertRaisesRegex(ValueError, "retry_after must be a number of seconds"):
                RetryableError("busy", retry_after=delay)
        with self.assertRaisesRegex(ValueError, "retry_after must not be negative: -1"):
            RetryableError("busy", retry_after=-1)

    def test_permanent_error_carries_code_and_context(self):
        error = PermanentError("declined", error_code="CARD_DECLINED", context={"attempt": 1})

        self.assertEqual("CARD_DECLINED", error.error_code)
        self.assertEqual({"attempt": 1}, error.context)

    def test_bad_codes_and_contexts_are_refused(self):
        with self.assertRaises(TypeError):
            PermanentError("declined", error_code=402)
        with self.assertRaises(TypeError):
            PermanentError("declined", context="text")
        with self.assertRaises(TypeError):
            RetryableError("busy", context=[1])

    def test_errors_survive_pickling(self):
        # Task queues pickle exceptions.
        error = pickle.loads(pickle.dumps(RetryableError("busy", retry_after=5)))

        self.assertEqual(("busy", 5), (str(error), error.retry_after))


class IndexOnly:
    """Answers only indexing and ``in``, as the proxy of another runtime may."""

    def __init__(self, data):
        self._data = data

    def __getitem__(self, key):
        return self._data[key]

    def __contains__(self, key):
        return key in self._data


class ViewsTest(unittest.TestCase):
    def test_task_reads_each_attribute_by_index_only(self):
        names = (
            "task_id namespace name version context initiator source_system reason tags "
            "correlation_id requested_at"
        ).split()
        task = Task(IndexOnly({name: f"value of {name}" for name in names}))

        for name in names:
            self.assertEqual(f"value of {name}", getattr(task, name))

    def test_step_reads_its_attributes(self):
        step = Step({"workflow_step_id": 7, "name": "charge", "attempts": 2, "retry_limit": 3, "config": {"a": 1}})

        self.assertEqual((7, "charge", 2, 3), (step.workflow_step_id, step.name, step.attempts, step.retry_limit))
        self.assertEqual({"a": 1}, step.config)
        self.assertIsNone(step.inputs)

    def test_views_cannot_be_assigned(self):
        sequence = Sequence({}, {}.get)
        for view in (Task({}), Step({}), sequence):
            with self.assertRaisesRegex(AttributeError, "read-only"):
                view.name = "other"
            with self.assertRaisesRegex(AttributeError, "read-only"):
                del view.name

    def test_repr_shows_no_payload(self):
        self.assertNotIn("secret", repr(Task({"name": "order", "context": {"card": "secret"}})))


class SequenceTest(unittest.TestCase):
    def sequence(self, steps):
        self.asked = []

        def lookup(name):
            self.asked.append(name)
            return steps.get(name)

        return Sequence({"step_name": "create_order"}, lookup)

    def test_finds_an_ancestor_and_asks_for_it_once(self):
        sequence = self.sequence({"cart": {"name": "cart", "state": "complete", "results": {"total": 3}}})

        self.assertEqual({"total": 3}, sequence.results_of("cart"))
        self.assertEqual("complete", sequence.find_step_by_name("cart").state)
        self.assertEqual(["cart"], self.asked)

    def test_results_may_be_none(self):
        self.assertIsNone(self.sequence({"cart": {"name": "cart", "state": "skipped", "results": None}}).results_of("cart"))

    def test_a_step_that_is_no_ancestor_is_a_permanent_error(self):
        with self.assertRaisesRegex(PermanentError, 'step "create_order" cannot read "ship".*depends_on_steps') as caught:
            self.sequence({}).results_of("ship")
        self.assertEqual("STEP_NOT_AN_ANCESTOR", caught.exception.error_code)


class Named(StepHandler):
    handler_name = "ecommerce.charge"


class Heir(Named):
    pass


class Files:
    def read_text(self, relative):
        return f"text of {relative}"


class Mail:
    def __init__(self):
        self.got = []

    def publish(self, name, payload):
        self.got.append((name, payload))


class StepHandlerTest(unittest.TestCase):
    def test_config_is_an_empty_map_by_default(self):
        self.assertEqual({}, StepHandler().config)
        self.assertEqual({}, StepHandler(None).config)
        self.assertEqual({"a": 1}, StepHandler({"a": 1}).config)

    def test_a_handler_without_process_fails_for_good_and_names_its_class(self):
        with self.assertRaisesRegex(PermanentError, "Named must define process") as caught:
            Named().process(None, None, None)
        self.assertEqual("PROCESS_MISSING", caught.exception.error_code)

    def test_output_is_stored_unless_overridden(self):
        self.assertEqual(5, Named().process_results(None, 5, 4))

    def test_handler_name_is_declared_once_and_not_inherited(self):
        self.assertEqual("ecommerce.charge", Named._tasker_handler_name())
        self.assertIsNone(Heir._tasker_handler_name())
        self.assertIsNone(StepHandler._tasker_handler_name())

        class Unnamed(StepHandler):
            handler_name = ""

        with self.assertRaises(TypeError):
            Unnamed._tasker_handler_name()

    def test_read_text_goes_to_the_host(self):
        self.assertEqual("text of stock.csv", Named()._tasker_bind(Files()).read_text("stock.csv"))

    def test_read_text_without_a_host_says_what_to_do(self):
        with self.assertRaisesRegex(TaskerError, "not running in an engine.*_tasker_bind"):
            Named().read_text("stock.csv")

    def test_publish_goes_to_the_host(self):
        host = Mail()
        handler = Named()._tasker_bind(host)

        handler.publish("order.shipped", {"carrier": "post"})
        handler.publish("order.closed")

        self.assertEqual([("order.shipped", {"carrier": "post"}), ("order.closed", {})], host.got)

    def test_publish_without_a_host_says_what_to_do(self):
        with self.assertRaisesRegex(TaskerError, "not running in an engine.*order.shipped.*_tasker_bind"):
            Named().publish("order.shipped")


class Engine:
    """A host that remembers what it was asked."""

    def __init__(self, status=200, text='{"rate": 2}', cancelled=False):
        self.asked = []
        self.stored = None
        self.cancelled = cancelled
        self.response = {
            "status": status,
            "headers": {"content-type": "application/json"},
            "text": text,
            "url": "https://x.test/rates?key=secret",
            "index": 3,
        }

    def log(self, level, message, fields):
        self.asked.append((level, message, fields))

    def heartbeat(self, *checkpoint):
        if self.cancelled:
            raise StepCancelled("the lease is lost")
        self.asked.append(("heartbeat", *checkpoint))
        if checkpoint:
            self.stored = checkpoint[0]

    def checkpoint(self):
        return self.stored

    def is_cancelled(self):
        return self.cancelled

    def http(self, request):
        self.asked.append(request)
        return self.response

    def api_send(self, method, url, json):
        self.asked.append((method, url, json))
        return self.response

    def api_check(self, index):
        self.asked.append(("check", index))
        if self.response["status"] == 404:
            raise PermanentError("not found", error_code="HTTP_404")

    def api_results(self, index):
        return {"status": self.response["status"], "index": index}


class LoggerTest(unittest.TestCase):
    def written(self, handler, log):
        with contextlib.redirect_stderr(io.StringIO()) as stream:
            log(handler.logger)
        return stream.getvalue()

    def test_levels_and_fields_reach_the_host(self):
        host = Engine()
        logger = Named()._tasker_bind(host).logger

        logger.debug("a")
        logger.info("charged", cents=950, message="of a field")
        logger.warn("b")
        logger.warning("c")
        logger.error("d")

        self.assertEqual(
            [
                ("debug", "a", {}),
                ("info", "charged", {"cents": 950, "message": "of a field"}),
                ("warn", "b", {}),
                ("warn", "c", {}),
                ("error", "d", {}),
            ],
            host.asked,
        )

    def test_a_logger_taken_in_the_constructor_reaches_the_host_too(self):
        class Early(StepHandler):
            def __init__(self, config=None):
                super().__init__(config)
                self.log = self.logger

        host = Engine()
        Early()._tasker_bind(host).log.info("a")

        self.assertEqual([("info", "a", {})], host.asked)

    def test_outside_an_engine_a_line_goes_to_standard_error(self):
        line = self.written(Named(), lambda logger: logger.info("charged", cents=950, currency="EUR", note="a b"))

        self.assertEqual("INFO charged cents=950 currency=EUR note='a b'\n", line)

    def test_a_host_without_a_log_is_no_reason_to_fail(self):
        self.assertEqual("WARN a\n", self.written(Named()._tasker_bind(Files()), lambda logger: logger.warn("a")))

    def test_a_message_of_two_lines_stays_one_line(self):
        self.assertEqual("ERROR a\\nb\n", self.written(Named(), lambda logger: logger.error("a\nb")))

    def test_it_never_raises(self):
        class Mute:
            def __str__(self):
                raise ValueError("no text")

        self.assertEqual("INFO ? odd=?\n", self.written(Named(), lambda logger: logger.info(Mute(), odd=Mute())))
        closed = io.StringIO()
        closed.close()
        with contextlib.redirect_stderr(closed):
            Named().logger.info("a")

    def test_a_handler_may_have_a_logger_of_its_own(self):
        class Own(StepHandler):
            def __init__(self, config=None):
                super().__init__(config)
                self.logger = "mine"

        self.assertEqual("mine", Own().logger)


class HeartbeatTest(unittest.TestCase):
    def test_a_checkpoint_of_none_is_told_from_no_checkpoint(self):
        host = Engine()
        handler = Named()._tasker_bind(host)

        handler.heartbeat()
        handler.heartbeat(None)
        handler.heartbeat({"row": 7})

        self.assertEqual([("heartbeat",), ("heartbeat", None), ("heartbeat", {"row": 7})], host.asked)
        self.assertEqual({"row": 7}, handler.checkpoint())

    def test_cancellation_is_asked_for_or_raised(self):
        handler = Named()._tasker_bind(Engine(cancelled=True))

        self.assertIs(True, handler.is_cancelled())
        with self.assertRaisesRegex(StepCancelled, "lease"):
            handler.heartbeat()
        self.assertTrue(issubclass(StepCancelled, TaskerError))

    def test_without_a_host_each_says_what_to_do(self):
        for name in ("heartbeat", "checkpoint", "is_cancelled"):
            with self.assertRaisesRegex(TaskerError, f"not running in an engine.*{name}.*_tasker_bind"):
                getattr(Named(), name)()

    def test_a_method_that_the_host_lacks_is_named(self):
        with self.assertRaisesRegex(TaskerError, r"the host of Named \(Files\) has no method heartbeat"):
            Named()._tasker_bind(Files()).heartbeat()


class HttpTest(unittest.TestCase):
    def test_a_request_has_only_what_was_given(self):
        host = Engine()
        client = Named()._tasker_bind(host).http

        client.get("https://x.test/rates")
        client.request("post", "u", headers={"a": "b"}, params={"c": 1}, json={"d": [None]}, timeout=2.5)
        client.put("u", body="text")

        self.assertEqual(
            [
                {"method": "GET", "url": "https://x.test/rates"},
                {
                    "method": "POST",
                    "url": "u",
                    "headers": {"a": "b"},
                    "params": {"c": 1},
                    "json": {"d": [None]},
                    "timeout_seconds": 2.5,
                },
                {"method": "PUT", "url": "u", "body": "text"},
            ],
            host.asked,
        )

    def test_each_method_is_sent_under_its_name(self):
        host = Engine()
        client = Named()._tasker_bind(host).http

        for name in ("get", "head", "post", "put", "patch", "delete"):
            getattr(client, name)("u")

        self.assertEqual(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], [sent["method"] for sent in host.asked])

    def test_a_response_shows_what_came(self):
        response = Named()._tasker_bind(Engine()).http.get("u")

        self.assertEqual((200, True, {"rate": 2}), (response.status, response.ok, response.json()))
        self.assertEqual("application/json", response.headers["content-type"])
        self.assertEqual(("https://x.test/rates?key=secret", '{"rate": 2}'), (response.url, response.text))
        self.assertNotIn("secret", repr(response))
        with self.assertRaisesRegex(AttributeError, "read-only"):
            response.status = 500

    def test_ok_is_200_to_299(self):
        self.assertEqual(
            [False, True, True, False], [HttpResponse({"status": status}).ok for status in (199, 200, 299, 300)]
        )

    def test_json_and_body_exclude_each_other(self):
        with self.assertRaises(PermanentError) as raised:
            Named()._tasker_bind(Engine()).http.post("u", json=1, body="1")
        self.assertEqual("HTTP_REQUEST_INVALID", raised.exception.error_code)

    def test_without_a_host_it_says_what_to_do(self):
        with self.assertRaisesRegex(TaskerError, "not running in an engine.*GET.*_tasker_bind"):
            Named().http.get("u")
        with self.assertRaisesRegex(TaskerError, "has no method http"):
            Named()._tasker_bind(Files()).http.get("u")

    def test_the_client_of_the_module_belongs_to_the_thread(self):
        host, other, failures = Engine(), Engine(), []

        def elsewhere():
            try:
                tasker.http.get("u")
            except TaskerError as error:
                failures.append(str(error))

        self.assertIsNone(tasker._tasker_enter(host))
        tasker.http.get("first")
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        self.assertIs(host, tasker._tasker_enter(other))
        tasker.http.get("second")
        self.assertIs(other, tasker._tasker_enter(None))

        self.assertEqual(["first"], [sent["url"] for sent in host.asked])
        self.assertEqual(["second"], [sent["url"] for sent in other.asked])
        self.assertRegex(failures[0], "no attempt.*on this thread")
        with self.assertRaisesRegex(TaskerError, "_tasker_enter"):
            tasker.http.get("u")


class Label(ApiStepHandler):
    def call(self, task, sequence, step):
        return self.client.post({"order": 5})


class LateLabel(ApiStepHandler):
    async def call(self, task, sequence, step):
        return self.client.send_request("put", "https://x.test", [1])

    def results(self, step, response, initial_results):
        return [response.json()["rate"], initial_results]


def driven(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for something")


class ApiStepHandlerTest(unittest.TestCase):
    def test_the_response_is_checked_and_stored(self):
        host = Engine()
        handler = Label()._tasker_bind(host)

        response = handler.process(None, None, None)

        self.assertEqual([("POST", None, {"order": 5}), ("check", 3)], host.asked)
        self.assertEqual({"status": 200, "index": 3}, handler.process_results(None, response, None))

    def test_call_may_be_a_coroutine_and_results_decides_what_is_stored(self):
        host = Engine()
        handler = LateLabel()._tasker_bind(host)

        response = driven(handler.process(None, None, None))

        self.assertEqual([("PUT", "https://x.test", [1]), ("check", 3)], host.asked)
        self.assertEqual([2, "before"], handler.process_results(None, response, "before"))

    def test_what_the_response_means_is_raised(self):
        with self.assertRaises(PermanentError) as raised:
            Label()._tasker_bind(Engine(status=404)).process(None, None, None)
        self.assertEqual("HTTP_404", raised.exception.error_code)

    def test_get_reads_from_the_url_of_the_config(self):
        host = Engine()
        Label()._tasker_bind(host).client.get()

        self.assertEqual([("GET", None, None)], host.asked)

    def test_a_call_that_returns_no_response_fails_for_good(self):
        class Forgetful(ApiStepHandler):
            def call(self, task, sequence, step):
                self.client.get()

        with self.assertRaisesRegex(PermanentError, "Forgetful must return a response.*NoneType") as raised:
            Forgetful()._tasker_bind(Engine()).process(None, None, None)
        self.assertEqual("RESPONSE_MISSING", raised.exception.error_code)

    def test_a_handler_without_call_fails_for_good_and_names_its_class(self):
        class Empty(ApiStepHandler):
            pass

        with self.assertRaisesRegex(PermanentError, "Empty must define call") as raised:
            Empty().process(None, None, None)
        self.assertEqual("CALL_MISSING", raised.exception.error_code)

    def test_without_a_host_it_says_what_to_do(self):
        with self.assertRaisesRegex(TaskerError, "not running in an engine.*POST.*api_send.*_tasker_bind"):
            Label().process(None, None, None)


class Declared(StepHandler):
    handler_name = "shop.declared"
    description = "Declares it all"
    retryable = False
    retry_limit = 5
    backoff = {"strategy": "fixed", "base_seconds": 2}
    timeout_seconds = 30
    concurrency = 2
    inputs_schema = {"type": "object"}
    result_schema = {"type": "array"}
    custom_events = ["order.shipped"]


class DeclarationTest(unittest.TestCase):
    def test_a_class_declares_what_it_says(self):
        self.assertEqual(
            {
                "name": "shop.declared",
                "description": "Declares it all",
                "retryable": False,
                "retry_limit": 5,
                "backoff": {"strategy": "fixed", "base_seconds": 2},
                "timeout_seconds": 30,
                "concurrency": 2,
                "inputs_schema": {"type": "object"},
                "result_schema": {"type": "array"},
                "custom_events": ["order.shipped"],
            },
            Declared._tasker_declaration(),
        )

    def test_nothing_is_declared_by_default(self):
        class Bare(StepHandler):
            pass

        self.assertEqual({}, Bare._tasker_declaration())

    def test_all_but_name_and_description_is_inherited(self):
        class Child(Declared):
            retry_limit = 1
            concurrency = None

        declared = Child._tasker_declaration()

        self.assertEqual(1, declared["retry_limit"])
        self.assertEqual(30, declared["timeout_seconds"])
        for key in ("name", "description", "concurrency"):
            self.assertNotIn(key, declared)


@step_handler
def validate_cart(task, sequence, step):
    """Adds up the cart.

    All of it.
    """
    return (task, sequence, step)


@step_handler(name="shop.ship", retry_limit=5, retryable=False, description="Ships it")
async def ship(task, sequence, step, handler):
    """Not this."""
    return handler.config["carrier"]


class StepHandlerFunctionTest(unittest.TestCase):
    def test_a_function_becomes_a_class_of_its_name(self):
        self.assertTrue(issubclass(validate_cart, StepHandler))
        self.assertEqual(
            ("validate_cart", "validate_cart", __name__),
            (validate_cart.__name__, validate_cart.__qualname__, validate_cart.__module__),
        )
        self.assertIn("All of it.", validate_cart.__doc__)
        self.assertEqual(("a", "b", "c"), validate_cart().process("a", "b", "c"))

    def test_its_description_is_the_first_line_of_the_docstring(self):
        self.assertEqual({"description": "Adds up the cart."}, validate_cart._tasker_declaration())

    def test_keywords_are_declarations(self):
        self.assertEqual(
            {"name": "shop.ship", "description": "Ships it", "retryable": False, "retry_limit": 5},
            ship._tasker_declaration(),
        )
        self.assertEqual("shop.ship", ship._tasker_handler_name())

    def test_a_coroutine_function_gets_the_handler_as_its_fourth_argument(self):
        self.assertEqual("post", driven(ship({"carrier": "post"}).process(None, None, None)))

    def test_only_a_fourth_parameter_for_the_handler_gets_it(self):
        def with_default(task, sequence, step, rate=2):
            return rate

        def optional(task, sequence, step, handler=None):
            return handler

        def rest(*arguments):
            return len(arguments)

        for function, expected in ((with_default, 2), (rest, 3)):
            self.assertEqual(expected, step_handler(function)().process(None, None, None))
        handler = step_handler(optional)()
        self.assertIs(handler, handler.process(None, None, None))

    def test_a_function_that_another_decorator_wraps_keeps_its_handler(self):
        def wrapping(function):
            @functools.wraps(function)
            def wrapper(*arguments):
                return function(*arguments)

            return wrapper

        @step_handler
        @wrapping
        def inner(task, sequence, step, handler):
            return handler

        handler = inner()
        self.assertIs(handler, handler.process(None, None, None))

    def test_a_function_that_cannot_be_called_is_refused_at_once(self):
        def few(task, sequence):
            pass

        def many(task, sequence, step, handler, more):
            pass

        def keyword(task, sequence, step, *, rate):
            pass

        for function in (few, many, keyword):
            with self.assertRaisesRegex(TypeError, f"{function.__name__} must take"):
                step_handler(function)

    def test_only_a_named_function_makes_a_handler(self):
        for thing in ("shop.charge", lambda task, sequence, step: None, Declared, 5):
            with self.assertRaisesRegex(TypeError, "named function"):
                step_handler(thing)


class Audit(tasker.Subscriber):
    def handle(self, event):
        self.seen = f"{self.config['prefix']} {event['event_type']}"
        return object()


class Bare(tasker.Subscriber):
    pass


class SubscriberTest(unittest.TestCase):
    def test_a_subscriber_is_run_as_a_step_with_the_event_as_context(self):
        subscriber = Audit({"prefix": "seen"})

        output = subscriber.process(Task({"context": {"event_type": "task.completed"}}), None, None)

        self.assertEqual("seen task.completed", subscriber.seen)
        self.assertIsNone(subscriber.process_results(None, output, None))

    def test_a_subscriber_without_handle_fails_for_good_and_names_its_class(self):
        with self.assertRaisesRegex(PermanentError, "Bare must define handle") as caught:
            Bare().process(Task({}), None, None)
        self.assertEqual("HANDLE_MISSING", caught.exception.error_code)


class Hooks(tasker.TaskHandler):
    def schema(self):
        return {"type": "object"}

    def establish_step_dependencies_and_defaults(self, task, steps):
        steps[-1]["retry_limit"] = task.context["limit"]
        steps[-1]["depends_on"].append("first")

    def update_annotations(self, task, sequence, steps):
        return [{"type": "total", "annotation": sequence.results_of("first")["n"] + len(steps)}]


class TaskHandlerTest(unittest.TestCase):
    STEPS = (
        {"name": "first", "depends_on": (), "retryable": True, "retry_limit": 3, "inputs": {}},
        {"name": "second", "depends_on": (), "retryable": True, "retry_limit": 3, "inputs": {}},
    )

    def call(self, handler, hook, given):
        task = tasker.Task({"context": {"task": {"context": {"limit": 7}}, **given}})
        return handler().process(task, None, tasker.Step({"name": hook}))

    def test_defaults_do_nothing(self):
        self.assertIsNone(self.call(tasker.TaskHandler, "schema", {}))
        self.assertEqual([], self.call(tasker.TaskHandler, "update_annotations", {"steps": []}))
        steps = self.call(tasker.TaskHandler, "establish_step_dependencies_and_defaults", {"steps": self.STEPS})
        self.assertEqual(["first", "second"], [step["name"] for step in steps])

    def test_the_hook_changes_copies_of_the_steps(self):
        steps = self.call(Hooks, "establish_step_dependencies_and_defaults", {"steps": self.STEPS})

        self.assertEqual(7, steps[-1]["retry_limit"])
        self.assertEqual(["first"], steps[-1]["depends_on"])
        self.assertEqual(3, self.STEPS[-1]["retry_limit"])

    def test_annotations_see_the_results_of_every_step(self):
        done = [
            {"name": "first", "state": "complete", "attempts": 1, "results": {"n": 40}},
            {"name": "second", "state": "error", "attempts": 3, "results": None},
        ]

        annotations = self.call(Hooks, "update_annotations", {"steps": done})

        self.assertEqual([{"type": "total", "annotation": 42}], annotations)

    def test_an_unknown_hook_fails_for_good(self):
        with self.assertRaises(PermanentError) as raised:
            self.call(Hooks, "later", {})
        self.assertEqual("HOOK_UNKNOWN", raised.exception.error_code)


class LoadingTest(unittest.TestCase):
    def test_the_library_imports_nothing(self):
        program = "import sys; before = set(sys.modules); import tasker; print(sorted(set(sys.modules) - before))"
        loaded = subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONPATH": SOURCE}, capture_output=True, text=True, check=True
        )
        self.assertEqual("['tasker']", loaded.stdout.strip())

    def test_all_names_exist(self):
        for name in tasker.__all__:
            self.assertTrue(hasattr(tasker, name), name)

    def test_the_examples_of_the_readme_run(self):
        with open(os.path.join(os.path.dirname(SOURCE), "README.md"), encoding="utf-8") as file:
            blocks = file.read().split("```python\n")[1:]
        names = {"__name__": "readme"}
        for block in blocks:
            exec(block.partition("```")[0], names)

    def test_the_files_on_the_page_about_embedding_are_those_of_the_app(self):
        root = os.path.dirname(os.path.dirname(SOURCE))
        with open(os.path.join(root, "docs", "embedding-python.md"), encoding="utf-8") as page:
            shown = [block.partition("```")[0] for block in page.read().split("```py\n# app/")[1:]]
        self.assertGreater(len(shown), 3)
        for block in shown:
            name, _, text = block.partition("\n")
            with self.subTest(name):
                with open(os.path.join(root, "examples-python", "fastapi-app", "app", name), encoding="utf-8") as file:
                    self.assertIn(text, file.read())


if __name__ == "__main__":
    unittest.main()
