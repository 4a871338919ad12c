import os
import pickle
import subprocess
import sys
import unittest

SOURCE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src")
sys.path.insert(0, SOURCE)

import tasker  # noqa: E402
from tasker import (  # noqa: E402
    PermanentError,
    RetryableError,
    Sequence,
    Step,
    StepHandler,
    Task,
    TaskerError,
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


if __name__ == "__main__":
    unittest.main()
