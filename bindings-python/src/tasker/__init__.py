"""Write the steps of a Tasker workflow in Python.

The base class of step handlers, the two errors they raise, and the read-only views they are given.
Handlers written against this module run unchanged inside the Tasker process (GraalPy) and inside a
Python application that embeds the engine.

It imports nothing: on a cold GraalPy a single ``import json`` takes longer than everything else in
here. Types are in ``__init__.pyi``.
"""

__all__ = [
    "PermanentError",
    "RetryableError",
    "Sequence",
    "Step",
    "StepHandler",
    "StepResult",
    "Subscriber",
    "Task",
    "TaskHandler",
    "TaskerError",
]

__version__ = "0.1.0"


class TaskerError(Exception):
    """Base of the errors that this library defines."""


class RetryableError(TaskerError):
    """Raised by a handler when a later attempt may succeed: a timeout, a rate limit, a lock.

    Every other exception is treated in the same way. This one adds how long to wait and details to
    store::

        raise RetryableError("gateway busy", retry_after=30, context={"gateway": "eu-1"})

    ``retry_after`` is in seconds; ``None`` leaves the delay to the step's own backoff. It replaces
    the backoff, has no jitter added, and is limited by the engine (300 s unless configured).
    """

    def __init__(self, message="", *, retry_after=None, context=None):
        super().__init__(message)
        self.retry_after = _checked_delay(retry_after)
        self.context = _checked_context(context)


class PermanentError(TaskerError):
    """Raised by a handler when no later attempt can succeed: bad input, a declined card.

    The step fails at once, whatever attempts it has left::

        raise PermanentError("cart is empty", error_code="EMPTY_CART")

    ``error_code`` is a stable code for programs.
    """

    def __init__(self, message="", *, error_code=None, context=None):
        super().__init__(message)
        if error_code is not None and not isinstance(error_code, str):
            raise TypeError(f"error_code must be a str, not {error_code!r}")
        self.error_code = error_code
        self.context = _checked_context(context)


def _checked_delay(seconds):
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"retry_after must be a number of seconds, not {seconds!r}")
    if seconds != seconds or seconds == float("inf"):
        raise ValueError(f"retry_after must be a number of seconds, not {seconds!r}")
    if seconds < 0:
        raise ValueError(f"retry_after must not be negative: {seconds!r}")
    return seconds


def _checked_context(context):
    # Names what is certainly no map: a map of another runtime is no dict, and need not have keys().
    if isinstance(context, (str, bytes, int, float, list, tuple, set, frozenset)):
        raise TypeError(f"context must be a dict, not {context!r}")
    return {} if context is None else context


def _field(name, doc):
    def read(view):
        data = view._data
        return data[name] if name in data else None

    return property(read, doc=doc)


class _View:
    """A named, read-only face over a map that belongs to the engine.

    The map may be a proxy into another runtime. It is indexed when an attribute is read, never
    copied and never walked; an absent key reads as ``None``.
    """

    __slots__ = ("_data",)

    def __init__(self, data):
        object.__setattr__(self, "_data", data)

    def __setattr__(self, name, value):
        raise AttributeError(f"{type(self).__name__} is read-only: cannot set {name}")

    def __delattr__(self, name):
        raise AttributeError(f"{type(self).__name__} is read-only: cannot delete {name}")


class Task(_View):
    """The task a step belongs to. Read-only."""

    __slots__ = ()

    task_id = _field("task_id", "Id of the task, as text.")
    namespace = _field("namespace", "Namespace of the template.")
    name = _field("name", "Name of the template.")
    version = _field("version", 'Version of the template, such as ``"1.0.0"``.')
    context = _field("context", "The input of the task: a map, valid by the template's schema.")
    initiator = _field("initiator", "Who asked for the task.")
    source_system = _field("source_system", "The system the request came from.")
    reason = _field("reason", "Why the task was asked for.")
    tags = _field("tags", "List of texts.")
    correlation_id = _field("correlation_id", "Ties the task to work elsewhere.")
    requested_at = _field("requested_at", "When it was asked for: ISO 8601 text in UTC.")

    def __repr__(self):
        # Without the payload, so that it may be logged; the same below.
        return f"<tasker.Task {self.namespace}.{self.name}@{self.version} {self.task_id}>"


class Step(_View):
    """The step being attempted. Read-only."""

    __slots__ = ()

    workflow_step_id = _field("workflow_step_id", "Id of the step.")
    name = _field("name", "Name of the step in its template.")
    attempts = _field("attempts", "Number of this attempt: 1 on the first run.")
    retry_limit = _field("retry_limit", "How many attempts there may be in all.")
    inputs = _field("inputs", "The step's own inputs, a map.")
    config = _field("config", "The template's ``handler_config``, a map.")

    def __repr__(self):
        return f"<tasker.Step {self.name} attempt {self.attempts} of {self.retry_limit}>"


class StepResult(_View):
    """An earlier step, as ``Sequence.find_step_by_name`` gives it. Read-only."""

    __slots__ = ()

    name = _field("name", "Name of the step in its template.")
    state = _field("state", 'State of the step, such as ``"complete"``.')
    results = _field("results", "What the step stored, or ``None``.")

    def __repr__(self):
        return f"<tasker.StepResult {self.name} {self.state}>"


class Sequence:
    """What earlier steps left behind: every ancestor of the step, not only its direct parents::

        cart = sequence.results_of("validate_cart")

    Far ancestors are read from the database on first use, all in one read.

    ``data`` is a map whose optional ``step_name`` names the asking step in errors. ``lookup`` takes
    a step's name and returns a map with ``name``, ``state`` and ``results``, or ``None`` if that
    step is no ancestor.
    """

    __slots__ = ("_asking", "_found", "_lookup")

    def __init__(self, data, lookup):
        object.__setattr__(self, "_asking", data["step_name"] if "step_name" in data else None)
        object.__setattr__(self, "_found", {})
        object.__setattr__(self, "_lookup", lookup)

    __setattr__ = _View.__setattr__
    __delattr__ = _View.__delattr__

    def results_of(self, name):
        """Results of an ancestor, or ``None`` if it stored none.

        Raises ``PermanentError`` if that step is no ancestor.
        """
        return self.find_step_by_name(name).results

    def find_step_by_name(self, name):
        """An ancestor with its name, state and results.

        Raises ``PermanentError`` if that step is no ancestor.
        """
        if name not in self._found:
            data = self._lookup(name)
            if data is None:
                raise self._no_ancestor(name)
            self._found[name] = StepResult(data)
        return self._found[name]

    def _no_ancestor(self, name):
        asking = "this step" if self._asking is None else f'step "{self._asking}"'
        return PermanentError(
            f'{asking} cannot read "{name}", which is none of its ancestors: '
            "name it in depends_on_steps of the template",
            error_code="STEP_NOT_AN_ANCESTOR",
            context={"step": name},
        )

    def __repr__(self):
        return f"<tasker.Sequence of {self._asking}>"


class StepHandler:
    """Base class of every step handler. A new instance is made for each attempt::

        class ChargePayment(StepHandler):
            def process(self, task, sequence, step):
                cart = sequence.results_of("validate_cart")
                return {"charged_cents": cart["total_cents"]}

    What ``process`` returns must be JSON-like: ``None``, booleans, numbers, text, lists, and dicts
    with text keys. It may be a coroutine function.

    ``config`` is the template's ``handler_config``: a map, empty if there is none.
    """

    handler_name = None
    """The name under which templates and workers know this class, in place of its own.

    Subclasses do not inherit it, because two classes cannot share a name.
    """

    _tasker_host = None

    def __init__(self, config=None):
        self.config = {} if config is None else config

    def process(self, task, sequence, step):
        """Does the work of the step and returns its output. Every handler defines it.

        Raises ``RetryableError`` if a later attempt may succeed, ``PermanentError`` if none can.
        """
        raise PermanentError(
            f"{type(self).__qualname__} must define process(self, task, sequence, step)",
            error_code="PROCESS_MISSING",
        )

    def process_results(self, step, output, initial_results):
        """Decides what is stored; the output itself unless overridden.

        ``initial_results`` is what an earlier attempt stored, or ``None``.
        """
        return output

    def read_text(self, relative):
        """Reads a UTF-8 text file below the ``data`` folder beside the template.

        Raises ``TaskerError`` outside an engine.
        """
        if self._tasker_host is None:
            raise TaskerError(
                f"{type(self).__qualname__} is not running in an engine, so "
                f"read_text({relative!r}) has nothing to read from; in a unit test, give the "
                "handler an object with read_text first: handler._tasker_bind(host)"
            )
        return self._tasker_host.read_text(relative)

    def publish(self, name, payload=None):
        """Publishes a custom event::

            self.publish("order.shipped", {"carrier": "post"})

        Subscribers get it after this attempt's outcome is committed, whether it succeeds or fails;
        another attempt publishes it again. ``payload`` is a JSON-like dict of at most 64 KiB.

        Raises ``PermanentError`` (``EVENT_INVALID``) for a reserved name, a payload that cannot be
        sent, or more than 100 events, and ``TaskerError`` outside an engine.
        """
        if self._tasker_host is None:
            raise TaskerError(
                f"{type(self).__qualname__} is not running in an engine, so "
                f"publish({name!r}) reaches nobody; in a unit test, give the handler an object with "
                "publish first: handler._tasker_bind(host)"
            )
        self._tasker_host.publish(name, {} if payload is None else payload)

    def _tasker_bind(self, host):
        """Gives this handler its host: any object with ``read_text(relative)`` and
        ``publish(name, payload)``. Returns the handler.

        Called by the engine after the constructor and before ``process``, and by unit tests.
        """
        self._tasker_host = host
        return self

    @classmethod
    def _tasker_handler_name(cls):
        """The name this very class declares, or ``None``. Called by the engine."""
        name = cls.__dict__.get("handler_name")
        if name is not None and (not isinstance(name, str) or not name):
            raise TypeError(f"handler_name of {cls.__qualname__} must be text, not {name!r}")
        return name


class TaskHandler(StepHandler):
    """Base class of a template's ``task_handler``: hooks that are called when a task is made and
    after it has ended. Every hook has a default that does nothing::

        class OrderHandler(TaskHandler):
            def establish_step_dependencies_and_defaults(self, task, steps):
                for step in steps:
                    if step["name"] == "charge_payment" and task.context["customer"]["vip"]:
                        step["retry_limit"] = 5

            def update_annotations(self, task, sequence, steps):
                cents = sequence.results_of("charge_payment")["cents"]
                return [{"type": "total", "annotation": {"cents": cents}}]
    """

    def schema(self):
        """JSON Schema that the context must fit, beside the template's own; ``None`` for none."""
        return None

    def establish_step_dependencies_and_defaults(self, task, steps):
        """Adjusts the steps of a task that is about to be made.

        ``steps`` is a list of dicts: ``name``, ``depends_on`` (names; more may be added),
        ``retryable``, ``retry_limit`` and ``inputs``. The hook changes these dicts in place.
        ``task`` has no id: it is not stored yet.
        """

    def update_annotations(self, task, sequence, steps):
        """What to store beside a task that has ended: a list of dicts ``type`` and ``annotation``.

        ``sequence`` gives the results of every step of the task; ``steps`` is a list of maps with
        ``name``, ``state``, ``attempts`` and ``results``.
        """
        return []

    def process(self, task, sequence, step):
        """Calls the hook that ``step`` names. The engine's own entry; handlers do not override it."""
        given = task.context
        subject = Task(given["task"])
        if step.name == "schema":
            return self.schema()
        if step.name == "establish_step_dependencies_and_defaults":
            steps = [_own_copy(data) for data in given["steps"]]
            self.establish_step_dependencies_and_defaults(subject, steps)
            return steps
        if step.name == "update_annotations":
            steps = list(given["steps"])
            found = {data["name"]: data for data in steps}
            return self.update_annotations(subject, Sequence({}, found.get), steps)
        raise PermanentError(
            f"{type(self).__qualname__} knows no hook {step.name!r}", error_code="HOOK_UNKNOWN"
        )


class Subscriber(StepHandler):
    """Base class of event subscribers. A YAML file declares which events one gets; a new instance is
    made for each event::

        class Audit(Subscriber):
            def handle(self, event):
                print(event["event_type"], "of task", event["task_id"])

    ``config`` is that of the declaration. What ``handle`` raises is logged and fails no task.
    """

    def handle(self, event):
        """Takes one event. Every subscriber defines it; it may be a coroutine function.

        ``event`` is the payload: a map, ``event_type``, ``timestamp`` and often ``task_id`` among its
        keys.
        """
        raise PermanentError(
            f"{type(self).__qualname__} must define handle(self, event)", error_code="HANDLE_MISSING"
        )

    def process(self, task, sequence, step):
        """Hands the event over. The engine's own entry; subscribers do not override it."""
        return self.handle(task.context)

    def process_results(self, step, output, initial_results):
        """What ``handle`` returns is stored nowhere."""
        return None


def _own_copy(data):
    """A map of the host as a dict that the hook may change."""
    return {
        "name": data["name"],
        "depends_on": list(data["depends_on"]),
        "retryable": data["retryable"],
        "retry_limit": data["retry_limit"],
        "inputs": dict(data["inputs"]),
    }
