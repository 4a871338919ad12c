"""The Tasker engine inside a Python application.

::

    from tasker.engine import Engine

    with Engine.open("postgresql://localhost/app", migrate=True) as engine:
        engine.register_handlers(ValidateCart, ChargePayment)
        engine.register_template("templates/order.yaml")
        with engine.worker(threads=10):
            task_id = engine.create_task("shop.order", {"order_id": 7})
            print(engine.wait(task_id, timeout=30))

Needs nothing but the runtime folder of Tasker (``TASKER_RUNTIME``), which holds ``libtasker.so``. The
first ``Engine.open`` of a process starts a JVM in it; open engines after a fork, never before.
"""

from __future__ import annotations

import atexit
import inspect
import json
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from tasker import StepHandler, Subscriber, _native, _outcome
from tasker._attempt import Attempt
from tasker._native import (
    ClosedError,
    ConflictError,
    EngineError,
    ForkedError,
    InternalError,
    InvalidError,
    NotFoundError,
    RuntimeMissingError,
    UnavailableError,
)

if TYPE_CHECKING:
    from types import TracebackType

    from tasker.worker import Worker

__all__ = [
    "ClosedError",
    "ConflictError",
    "Engine",
    "EngineError",
    "ForkedError",
    "InternalError",
    "InvalidError",
    "NotFoundError",
    "RuntimeMissingError",
    "UnavailableError",
    "Verdict",
]

_CLOSE_AT_EXIT_SECONDS = 2.0
_WAIT_SECONDS = 60.0
_TURN_SECONDS = 1.0
_ENDED = {"complete", "error", "cancelled", "resolved_manually"}
_OPERATOR = "application"
_REASON = "asked for by the application"

_Handlers = TypeVar("_Handlers", bound=type[StepHandler])
_open_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


@dataclass(frozen=True)
class Verdict:
    """What came of running one task.

    ``kind`` is ``"ended"`` (``state`` tells how), ``"again"`` (there is more to do in ``delay`` seconds;
    the task's queue was given it, or will be) or ``"nothing_to_do"`` (the task rests, or another job has it).
    """

    kind: str
    state: str | None = None
    delay: float | None = None
    reason: str | None = None

    @property
    def is_ended(self) -> bool:
        return self.kind == "ended"

    @property
    def is_again(self) -> bool:
        return self.kind == "again"


class Engine:
    """One engine on one database. Made by ``Engine.open``; safe from any thread.

    Several may be open. Every method raises an ``EngineError``: ``InvalidError``, ``NotFoundError``,
    ``ConflictError``, ``UnavailableError``, ``ClosedError`` or ``ForkedError``.
    """

    logger: logging.Logger
    """Where this library writes warnings; the logger ``tasker`` unless another one is set."""

    on_enqueue: Callable[[int, float, str], None] | None
    """Has the application's queue run a task: is given its id, a delay in seconds, and why. Called by workers,
    for engines that were opened with an ``enqueuer``. The job then calls ``handle_task``."""

    def __init__(self, library: _native.Library, handle: int, enqueuer: str | None, slots: int) -> None:
        self.logger = logging.getLogger("tasker")
        self.on_enqueue = None
        self.enqueuer = enqueuer
        self.slots = slots
        self.handlers: dict[str, type[StepHandler]] = {}
        self._library = library
        self._handle = handle
        self._closing = threading.Lock()
        self._workers: list[Worker] = []
        _open_engines.add(self)

    @classmethod
    def open(
        cls,
        database_url: str | None = None,
        *,
        runtime: str | os.PathLike[str] | None = None,
        slots: int = 10,
        migrate: bool = False,
        enqueuer: str | None = None,
        settings: Mapping[str, Any] | None = None,
        heap_max_mb: int = 0,
        java_home: str | os.PathLike[str] | None = None,
        jvm_options: str | None = None,
        log_file: str | os.PathLike[str] | None = None,
    ) -> Engine:
        """Opens an engine on a database.

        ``database_url`` is that of ``TASKER_DATABASE_URL`` unless given. ``slots`` is how many steps run at
        once, ``migrate`` brings the schema up to date, ``enqueuer`` names the queue of the application that
        runs tasks, and ``settings`` are keys of the configuration, such as ``{"engine.lease": "15s"}``.

        ``runtime`` is the folder of the library: ``TASKER_RUNTIME``, or ``runtime`` in this package, unless
        given. It counts, with ``heap_max_mb`` (256), ``java_home``, ``jvm_options`` and ``log_file`` (of the
        JVM; standard error), when the first engine of the process is opened.
        """
        library = _native.load(runtime, heap_max_mb, _path(java_home), jvm_options, _path(log_file))
        config: dict[str, Any] = {"runtime": "python", "slots": slots, "migrate": migrate}
        if database_url is not None:
            config["database_url"] = database_url
        if enqueuer is not None:
            config["enqueuer"] = enqueuer
        if settings:
            config["settings"] = dict(settings)
        return cls(library, library.open(json.dumps(config)), enqueuer, slots)

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<tasker.Engine {'closed' if self.is_closed else 'open'}>"

    @property
    def is_closed(self) -> bool:
        return self._handle == 0

    @property
    def version(self) -> str:
        """Of the library."""
        return self._library.version

    def close(self, timeout: float = 10.0) -> None:
        """Claims nothing more, lets what runs finish for at most ``timeout`` seconds, gives the rest back, and
        closes. A second call does nothing.
        """
        with self._closing:
            if self._handle:
                status, text = self._library.close(self._handle, max(0, int(timeout * 1000)))
                # Not before: what runs is completed meanwhile.
                self._handle = 0
                _open_engines.discard(self)
                for worker in list(self._workers):
                    worker._end()
                if status not in (_native.OK, _native.CLOSED, _native.HANDLE, _native.FORKED):
                    raise _native.error_of(status, text)

    # ---- Templates and handlers -------------------------------------------------------------------------------

    def register_template(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        yaml: str | None = None,
        environment: str | None = None,
    ) -> dict[str, Any]:
        """Stores a template, from a file or as YAML text. Register the handlers first: what they declare
        completes the template. The same content changes nothing.

        Returns ``namespace``, ``name``, ``version`` and others.
        """
        if (path is None) == (yaml is None):
            raise InvalidError("give either a path or yaml", code="REQUEST_INVALID")
        arguments: dict[str, Any] = {"yaml": yaml} if path is None else {"path": os.path.abspath(path)}
        if environment is not None:
            arguments["environment"] = environment
        return self.call("register_template", arguments)  # type: ignore[no-any-return]

    def register_handlers(self, *classes: type[StepHandler]) -> list[str]:
        """Makes handlers known, each under its ``handler_name`` or the name of its class, with all that it
        declares. Functions made handlers by ``@step_handler`` are classes too. Returns their keys.
        """
        named = {_key_of(cls): cls for cls in classes}
        told = []
        for cls in classes:
            key = _key_of(cls)
            other = self.handlers.get(key, named[key])
            if other is not cls:
                raise InvalidError(
                    f"two handlers are called {key}: {_place(other)} and {_place(cls)}; give one a handler_name",
                    code="HANDLER_DUPLICATE",
                    details={"handler": key},
                )
            told.append({"name": key, "declaration": _declaration(cls)})
        # Before: their steps may be claimed at once.
        known = dict(self.handlers)
        self.handlers.update(named)
        try:
            answer = self.call("register_handlers", {"handlers": told})
        except EngineError:
            self.handlers = known
            raise
        return answer["registered"]  # type: ignore[no-any-return]

    def subscribe(
        self,
        subscriber: type[Subscriber],
        events: Iterable[str],
        *,
        name: str | None = None,
        template: str | None = None,
        durable: bool = False,
        config: Mapping[str, Any] | None = None,
    ) -> str:
        """Lets a subclass of ``Subscriber`` take events, on the threads of a worker::

            engine.subscribe(Alerts, ["task.failed", "order.*"], config={"channel": "ops"})

        Events are exact names, ``"step.*"`` or ``"*"``; ``template``, ``[namespace.]name[@version]``, leaves
        only those about its tasks. A ``durable`` subscriber gets the transitions that any process makes, at
        least once and in order; its position is kept under its name, that of the class unless given. An engine
        without a worker gets one that does nothing else. Returns the name.
        """
        if not (isinstance(subscriber, type) and issubclass(subscriber, Subscriber)):
            raise InvalidError(f"{subscriber!r} is no subclass of tasker.Subscriber", code="SUBSCRIPTION_INVALID")
        self.register_handlers(subscriber)
        given = {
            "class": _key_of(subscriber),
            "events": [events] if isinstance(events, str) else list(events),
            "name": name,
            "template": template,
            "durable": durable,
            "config": dict(config or {}),
        }
        answer = self.call("subscribe", {key: value for key, value in given.items() if value is not None})
        if not self._workers:
            from tasker.worker import Worker

            Worker(self, threads=1, claim=False).start()
        return answer["name"]  # type: ignore[no-any-return]

    def unsubscribe(self, name: str) -> bool:
        """Ends a subscription. Returns whether there was one of that name."""
        return self.call("unsubscribe", {"name": name})["was_subscribed"]  # type: ignore[no-any-return]

    # ---- Tasks ------------------------------------------------------------------------------------------------

    def create_task(self, template: str, context: Mapping[str, Any] | None = None, **request: Any) -> int:
        """Stores a task with its steps, and returns its id.

        ``template`` is ``[namespace.]name[@version]``. ``request`` takes ``initiator``, ``source_system``,
        ``reason``, ``tags``, ``bypass_steps``, ``priority``, ``correlation_id``, ``parent_correlation_id``,
        ``start_at``, ``delay_seconds``, ``deadline_seconds``, ``draft``, ``identity_strategy``,
        ``idempotency_key``, ``annotations``, ``enqueuer`` and ``duplicates`` (``"skip"`` gives the id of the
        task that there is already). A task of an engine with an enqueuer is run by it; ``enqueuer=None``
        leaves the task to workers.
        """
        request.setdefault("enqueuer", self.enqueuer)
        given = {key: value for key, value in request.items() if value is not None}
        answer = self.call("create_task", {**given, "template": template, "context": context or {}})
        return answer["task_id"]  # type: ignore[no-any-return]

    def task(self, task_id: int, *, transitions: bool = True) -> dict[str, Any]:
        """A task with its ``state``, its ``steps`` and, unless not wanted, its ``transitions``."""
        return self.call("get_task", {"task_id": task_id, "transitions": transitions})  # type: ignore[no-any-return]

    def wait(self, task_id: int, timeout: float = _WAIT_SECONDS) -> str:
        """Waits until a task has ended. Returns its state then, or its state after ``timeout`` seconds."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            # In turns, because Ctrl-C counts between calls only.
            turn = max(0.0, min(left, _TURN_SECONDS))
            answer = self.call("wait_task", {"task_id": task_id, "timeout_ms": int(turn * 1000)})
            if answer["state"] in _ENDED or left <= turn:
                return answer["state"]  # type: ignore[no-any-return]

    def launch(self, task_id: int, *, reason: str = _REASON, operator: str = _OPERATOR) -> list[dict[str, Any]]:
        """Lets a draft run. Returns the changes; so do the others."""
        return self._act("launch_task", task_id, reason, operator)

    def pause(self, task_id: int, *, reason: str = _REASON, operator: str = _OPERATOR) -> list[dict[str, Any]]:
        """Claims nothing more of a task; what runs goes on."""
        return self._act("pause_task", task_id, reason, operator)

    def resume(self, task_id: int, *, reason: str = _REASON, operator: str = _OPERATOR) -> list[dict[str, Any]]:
        """Lets a paused task go on."""
        return self._act("resume_task", task_id, reason, operator)

    def cancel(self, task_id: int, *, reason: str = _REASON, operator: str = _OPERATOR) -> list[dict[str, Any]]:
        """Ends a task. Its handlers that run are told when they beat or ask."""
        return self._act("cancel_task", task_id, reason, operator)

    def retry(
        self, task_id: int, *, reset_attempts: bool = False, reason: str = _REASON, operator: str = _OPERATOR
    ) -> list[dict[str, Any]]:
        """Tries every step again that has failed for good."""
        return self._act("retry_task", task_id, reason, operator, reset_attempts=reset_attempts)

    def resolve(self, task_id: int, *, reason: str = _REASON, operator: str = _OPERATOR) -> list[dict[str, Any]]:
        """Declares a failed task settled by other means."""
        return self._act("resolve_task", task_id, reason, operator)

    # ---- Steps: each is named by its task and its name in the template ----------------------------------------

    def retry_step(
        self,
        task_id: int,
        step: str,
        *,
        reset_attempts: bool = False,
        reason: str = _REASON,
        operator: str = _OPERATOR,
    ) -> list[dict[str, Any]]:
        """Runs a failed step again, at once."""
        return self._act("retry_step", task_id, reason, operator, step=step, reset_attempts=reset_attempts)

    def resolve_step(
        self, task_id: int, step: str, *, reason: str = _REASON, operator: str = _OPERATOR
    ) -> list[dict[str, Any]]:
        """Declares a step done by other means, without a result."""
        return self._act("resolve_step", task_id, reason, operator, step=step)

    def complete_step(
        self, task_id: int, step: str, results: Any, *, reason: str = _REASON, operator: str = _OPERATOR
    ) -> list[dict[str, Any]]:
        """Declares a step done by other means, with a result for its children."""
        return self._act("complete_step", task_id, reason, operator, step=step, results=results)

    def skip_step(
        self, task_id: int, step: str, *, reason: str = _REASON, operator: str = _OPERATOR
    ) -> list[dict[str, Any]]:
        """Leaves a step out."""
        return self._act("skip_step", task_id, reason, operator, step=step)

    def cancel_step(
        self, task_id: int, step: str, *, reason: str = _REASON, operator: str = _OPERATOR
    ) -> list[dict[str, Any]]:
        """Gives a step up; its task will end in error."""
        return self._act("cancel_step", task_id, reason, operator, step=step)

    def why(self, task_id: int, step: str) -> list[dict[str, Any]]:
        """Why a step does not run: every reason that holds now, each with ``reason``, ``explanation``,
        ``waits_until`` and ``details``.
        """
        return self.call("why_step", {"task_id": task_id, "step": step})  # type: ignore[no-any-return]

    def _act(self, operation: str, task_id: int, reason: str, operator: str, **more: Any) -> list[dict[str, Any]]:
        arguments = {"task_id": task_id, "reason": reason, "operator": operator, **more}
        return self.call(operation, arguments)  # type: ignore[no-any-return]

    # ---- Running ----------------------------------------------------------------------------------------------

    def worker(self, threads: int | None = None, **options: Any) -> Worker:
        """Starts a worker, which runs the steps of all tasks without an enqueuer; see ``tasker.worker.Worker``."""
        from tasker.worker import Worker

        worker = Worker(self, threads=threads, **options)
        worker.start()
        return worker

    def handle_task(self, task_id: int) -> Verdict:
        """Runs the steps of one task on the calling thread, one after another, until nothing more of it can
        run here now: the body of a job. A second job for the task finds nothing to do.

        Coroutines get an event loop of their own. An interrupt counts as a failure of the step that it hits,
        and is raised again in the end.
        """
        interrupts: list[BaseException] = []

        def run(item: str) -> None:
            attempt = Attempt(self, json.loads(item))
            try:
                attempt.run()
                raised = attempt.raised
            except BaseException as error:
                raised = error
            # Not isinstance: that asks the error too, which may have been made to break what describes it.
            if raised is not None and issubclass(type(raised), KeyboardInterrupt):
                interrupts.append(raised)

        status, text = self._library.handle_task(self._open_handle(), int(task_id), run)
        if interrupts:
            raise interrupts[0]
        if status != _native.OK:
            raise _native.error_of(status, text)
        told = json.loads(text)
        delay_ms = told.get("delay_ms")
        return Verdict(
            told["verdict"], told.get("state"), None if delay_ms is None else delay_ms / 1000, told.get("reason")
        )

    def start(self) -> None:
        """Begins to claim steps. A worker does it."""
        self.call("start")

    def next_work(self, timeout: float = 1.0) -> dict[str, Any] | None:
        """The next piece of work, as ``tasker.h`` describes it, or None after ``timeout`` seconds. For those
        who write a worker of their own; Ctrl-C counts when the call returns.
        """
        status, _, text = self._library.next_work(self._open_handle(), max(0, int(timeout * 1000)))
        if status == _native.TIMEOUT:
            return None
        if status == _native.CLOSED:
            raise ClosedError("the engine is closed, or closes", code="ENGINE_CLOSED")
        if status != _native.OK:
            raise _native.error_of(status, text)
        return json.loads(text)  # type: ignore[no-any-return]

    def run_work(self, item: dict[str, Any]) -> None:
        """Runs one attempt that ``next_work`` gave, on this thread, and completes it."""
        Attempt(self, item).run()

    def extend_work(self, work_id: int) -> bool:
        """A heartbeat. False where the attempt was cancelled or is over: stop it."""
        status, text = self._library.extend_work(self._open_handle(), work_id)
        if status in (_native.OK, _native.CLOSED, _native.HANDLE):
            return status == _native.OK
        raise _native.error_of(status, text)

    def wake_fd(self) -> int:
        """A descriptor that is readable while work waits for ``next_work``. Do not read or close it."""
        return self._library.wake_fd(self._open_handle())

    def call(self, operation: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """Any operation of the engine by its name; ``docs/c-abi.md`` lists them. Raises ``EngineError``."""
        try:
            request = _outcome.write(_outcome.plain(dict(arguments or {})))
        except _outcome.Refusal as refusal:
            path = refusal.path(operation)
            raise InvalidError(f"{path}: {refusal.reason}", code="INPUT_NOT_JSON", details={"path": path}) from None
        status, text = self._call(operation, request)
        if status != _native.OK:
            raise _native.error_of(status, text)
        return json.loads(text) if text else None

    # ---- For this package -------------------------------------------------------------------------------------

    def _open_handle(self) -> int:
        handle = self._handle
        if handle == 0:
            raise ClosedError("this engine is closed; open another one", code="ENGINE_CLOSED")
        return handle

    def _call(self, operation: str, request: str) -> tuple[int, str]:
        return self._library.call(self._open_handle(), operation, request)

    def _complete(self, work: int, outcome: str) -> EngineError | None:
        try:
            status, text = self._library.complete_work(self._open_handle(), work, outcome)
        except EngineError as closed:
            return closed
        return None if status == _native.OK else _native.error_of(status, text)


def _path(path: str | os.PathLike[str] | None) -> str | None:
    return None if path is None else os.fspath(path)


def _key_of(cls: type[StepHandler]) -> str:
    if not isinstance(cls, type) or not issubclass(cls, StepHandler):
        raise InvalidError(
            f"{cls!r} is no class that extends StepHandler, nor a function with @step_handler",
            code="HANDLER_NOT_A_STEP_HANDLER",
        )
    try:
        return cls._tasker_handler_name() or cls.__name__
    except TypeError as problem:
        raise InvalidError(str(problem), code="HANDLER_DECLARATION_INVALID") from None


def _place(cls: type[StepHandler]) -> str:
    return f"class {cls.__qualname__} in module {cls.__module__}"


def _declaration(cls: type[StepHandler]) -> dict[str, Any]:
    """What a class declares, once it is clear that its ``process`` can be called."""
    own = inspect.getattr_static(cls, "process")
    unbound = () if isinstance(own, (staticmethod, classmethod)) else (None,)
    try:
        signature = inspect.signature(cls.process)
        signature.bind(*unbound, None, None, None)
    except TypeError:
        raise InvalidError(
            f"{_place(cls)} must define process(self, task, sequence, step), not process{signature}",
            code="HANDLER_SIGNATURE_INVALID",
        ) from None
    except ValueError:
        # Compiled elsewhere, and silent about its parameters.
        pass
    try:
        return _outcome.plain(cls._tasker_declaration())  # type: ignore[no-any-return]
    except _outcome.Refusal as refusal:
        raise InvalidError(
            f"{_place(cls)} declares what cannot be read: {refusal.path('declaration')}: {refusal.reason}",
            code="HANDLER_DECLARATION_INVALID",
        ) from None


def _close_all() -> None:
    for engine in list(_open_engines):
        try:
            engine.close(_CLOSE_AT_EXIT_SECONDS)
        except Exception as problem:
            engine.logger.warning("tasker: an engine could not be closed: %s", problem)


def _after_fork() -> None:
    # They belong to the parent; their locks may be held by threads that are not here.
    global _open_engines
    _open_engines = weakref.WeakSet()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_after_fork)
