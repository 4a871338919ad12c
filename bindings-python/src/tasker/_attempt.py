"""One attempt of a step: a new handler, ``process``, ``process_results``, and what its host answers."""

from __future__ import annotations

import contextvars
import inspect
import json
import time
from collections.abc import Awaitable, Coroutine
from threading import get_ident
from typing import TYPE_CHECKING, Any

import tasker as _tasker
from tasker import PermanentError, RetryableError, Sequence, Step, StepCancelled, StepHandler, Task, _native, _outcome
from tasker._readonly import read_only

if TYPE_CHECKING:
    from tasker.engine import Engine

# A heartbeat without a checkpoint costs a call into the engine; a loop may beat as often as it likes.
_BEAT_SECONDS = 0.02

# Attempts of coroutines share a thread, so the module's `http` asks the context and not the thread.
_running: contextvars.ContextVar[object | None] = contextvars.ContextVar("tasker_attempt", default=None)


def _attempt_or_thread() -> object:
    return _running.get() or get_ident()


_tasker._thread_id = _attempt_or_thread  # type: ignore[attr-defined]


class _Host:
    """What a handler is bound to: each method is an operation of the engine."""

    __slots__ = ("_beaten", "_engine", "_parents", "_work")

    def __init__(self, engine: Engine, work: int, parents: dict[str, Any]) -> None:
        self._engine = engine
        self._work = work
        self._parents = parents
        self._beaten = 0.0

    def lookup(self, name: str) -> Any:
        # Parents have come with the attempt; only farther ancestors are asked for.
        found = self._parents.get(name)
        return self._ask("lookup", str(name)) if found is None else found

    def read_text(self, relative: Any) -> Any:
        return self._ask("read_text", str(relative))

    def publish(self, name: Any, payload: Any) -> None:
        name = str(name)
        failure = f"event `{name}` cannot be published"
        self._ask("publish", name, _sendable("payload", payload, failure, "EVENT_INVALID", {"event": name}))

    def log(self, level: str, message: Any, fields: dict[str, Any]) -> None:
        try:
            self._ask("log", level, _outcome.text_of(message), _outcome.fields_of(fields))
        except Exception:
            # A handler must not fail because of its log.
            return

    def heartbeat(self, *checkpoint: Any) -> None:
        if checkpoint:
            failure = "the checkpoint cannot be stored"
            self._ask("heartbeat", _sendable("checkpoint", checkpoint[0], failure, "CHECKPOINT_INVALID"))
            return
        now = time.monotonic()
        if now - self._beaten >= _BEAT_SECONDS:
            self._beaten = now
            if not self._engine.extend_work(self._work):
                raise StepCancelled("the attempt was cancelled, or its step is no longer its own")

    def checkpoint(self) -> Any:
        return self._ask("checkpoint")

    def is_cancelled(self) -> bool:
        try:
            return bool(self._ask("is_cancelled"))
        except StepCancelled:
            return True

    def http(self, request: dict[str, Any]) -> Any:
        failure = f"the {request['method']} request cannot be sent"
        return self._ask("http", _sendable("request", request, failure, "HTTP_REQUEST_INVALID"))

    def api_send(self, method: str, url: str | None, json: Any) -> Any:
        failure = f"the {method} request cannot be sent"
        return self._ask("api_send", method, url, _sendable("json", json, failure, "HTTP_REQUEST_INVALID"))

    def api_check(self, index: int) -> None:
        self._ask("api_check", index)

    def api_results(self, index: int) -> Any:
        return self._ask("api_results", index)

    def _ask(self, operation: str, *arguments: Any) -> Any:
        request = {"work_id": self._work, "operation": operation, "arguments": arguments}
        status, text = self._engine._call("work", json.dumps(request))
        if status == _native.OK:
            return read_only(json.loads(text)) if text else None
        raise _raised(_native.error_of(status, text))


def _raised(error: _native.EngineError) -> Exception:
    """What a handler gets for an answer of the engine."""
    kind, context = error.details.get("kind"), error.details.get("context") or {}
    if kind == "permanent":
        return PermanentError(error.message, error_code=_code(error), context=context)
    if kind == "retryable":
        return RetryableError(
            error.message, retry_after=_outcome.delay(error.details.get("retry_after")), context=context
        )
    gone = kind == "cancelled" or error.code == "STEP_NOT_FOUND" or isinstance(error, _native.ClosedError)
    return StepCancelled(error.message) if gone else error


def _code(error: _native.EngineError) -> str | None:
    return None if error.code == "INTERNAL" else error.code


def _sendable(root: str, value: Any, failure: str, code: str, context: dict[str, Any] | None = None) -> Any:
    """The plain form of what a handler hands to the engine, or an error that it can catch."""
    try:
        return _outcome.plain(value)
    except _outcome.Refusal as refusal:
        path = refusal.path(root)
        raise PermanentError(
            f"{failure}: {path}: {refusal.reason}",
            error_code=code,
            context={"path": path} if context is None else context,
        ) from None


class Attempt:
    """One attempt that the engine has handed over. Always completes it, whatever happens."""

    __slots__ = ("_engine", "_host", "_item", "_key", "_work", "raised")

    def __init__(self, engine: Engine, item: dict[str, Any]) -> None:
        self._engine = engine
        self._item: dict[str, Any] = read_only(item)
        self._work: int = item["work_id"]
        self._host = _Host(engine, self._work, self._item["parents"])
        self._key = object()
        self.raised: BaseException | None = None

    def begin(self) -> Coroutine[Any, Any, None] | None:
        """Runs the handler, and completes the attempt; gives a coroutine where the rest needs an event loop."""
        _running.set(self._key)
        _tasker._tasker_enter(self._host)
        try:
            handler, step = self._handler(), Step(self._item["step"])
            sequence = Sequence({"step_name": step.name}, self._host.lookup)
            output: Any = handler.process(Task(self._item["task"]), sequence, step)
            if inspect.isawaitable(output):
                return self._awaited(handler, step, output, False)
            output = handler.process_results(step, output, self._item["previous_results"])
            if inspect.isawaitable(output):
                return self._awaited(handler, step, output, True)
            self._complete(_outcome.success(output))
        except BaseException as error:
            self._fail(error)
        finally:
            _tasker._tasker_enter(None)
        return None

    def run(self) -> None:
        """Runs the handler to its end on this thread, with an event loop if it needs one."""
        begun = contextvars.copy_context().run(self.begin)
        if begun is not None:
            _run_loop(begun)

    async def _awaited(self, handler: StepHandler, step: Step, output: Awaitable[Any], is_processed: bool) -> None:
        _running.set(self._key)
        _tasker._tasker_enter(self._host)
        try:
            value = await output
            if not is_processed:
                value = handler.process_results(step, value, self._item["previous_results"])
                if inspect.isawaitable(value):
                    value = await value
            self._complete(_outcome.success(value))
        except BaseException as error:
            self._fail(error)
        finally:
            _tasker._tasker_enter(None)

    def _fail(self, error: BaseException) -> None:
        self.raised = error
        self._complete(_outcome.failure(error))

    def _handler(self) -> StepHandler:
        name = self._item["handler_class"]
        cls = self._engine.handlers.get(name)
        if cls is None:
            raise LookupError(f"there is no handler {name} in this process")
        return cls(self._item["step"]["config"])._tasker_bind(self._host)

    def _complete(self, outcome: str) -> None:
        error = self._engine._complete(self._work, outcome)
        if error is None or isinstance(error, (_native.ClosedError, _native.NotFoundError)):
            # Cancelled, timed out, or given back meanwhile: somebody else has the step.
            return
        # The engine could not read it: a number of a thousand digits, or more than fits into one text.
        code = "RESULT_TOO_LARGE" if error.code == "TEXT_TOO_LARGE" else "RESULT_NOT_JSON"
        again = self._engine._complete(self._work, _outcome.refused(code, "results", error.message))
        if again is not None:
            self._engine.logger.warning("tasker: work %s could not be completed: %s", self._work, again)


def _run_loop(coroutine: Coroutine[Any, Any, None]) -> None:
    import asyncio
    import threading

    if asyncio._get_running_loop() is None:
        asyncio.run(coroutine)
        return
    # The thread has a loop that waits for us; it cannot run another one.
    thread = threading.Thread(target=asyncio.run, args=(coroutine,), name="tasker-asyncio")
    thread.start()
    thread.join()
