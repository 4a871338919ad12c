"""A worker: threads, and an event loop for coroutines, that run steps of an embedded engine."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from tasker._attempt import Attempt
from tasker._native import ClosedError

if TYPE_CHECKING:
    from types import TracebackType

    from tasker.engine import Engine

__all__ = ["Worker"]

# How long a thread that waits for work does not look whether it is to stop. At most a second.
_POLL_SECONDS = 0.25
_PAUSE_SECONDS = 1.0
# For threads and coroutines of which the engine wants nothing any more.
_END_SECONDS = 1.0


class Worker:
    """Runs steps for an engine until it is stopped::

        with engine.worker(threads=10):
            signal.sigwait({signal.SIGTERM, signal.SIGINT})

    Handlers run on ``threads`` threads, as many as the engine has slots unless given. Where ``process`` is a
    coroutine function, the attempt goes on in an event loop, ``loop`` or one of the worker's own, and its
    thread takes the next one; so up to ``slots`` coroutines run at once, on a single thread.

    It also hands tasks to the queue of an engine that has one (``Engine.on_enqueue``); with ``claim=False`` it
    does nothing else.

    Signals are the application's own: stop the worker when they come. Its threads are daemons.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        threads: int | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        claim: bool = True,
    ) -> None:
        if threads is not None and threads < 1:
            raise ValueError(f"threads must be 1 or more, not {threads}")
        self._engine = engine
        self._count = engine.slots if threads is None else threads
        self._loop = loop
        self._own_loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread: threading.Thread | None = None
        self._claims = claim
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._awaited: set[Future[Any]] = set()

    @property
    def is_running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads) and not self._stopping.is_set()

    def start(self) -> None:
        """Starts the threads, and lets the engine claim steps."""
        if self._threads:
            raise RuntimeError("a worker is started once")
        self._engine._workers.append(self)
        self._threads = [
            threading.Thread(target=self._work, name=f"tasker-worker-{number}", daemon=True)
            for number in range(self._count)
        ]
        for thread in self._threads:
            thread.start()
        if self._claims:
            self._engine.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Lets what runs finish for at most ``timeout`` seconds, gives the rest back, and closes the engine:
        one that is open goes on claiming, and nobody would run what it claims. With ``claim=False`` the
        engine stays open.
        """
        if self._claims:
            self._engine.close(timeout)
        self._end(timeout)

    def _end(self, timeout: float = _END_SECONDS) -> None:
        """Ends the threads, and cancels the coroutines that have not finished."""
        self._stopping.set()
        end = time.monotonic() + timeout
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, end - time.monotonic()))
        with self._lock:
            left = list(self._awaited)
        for future in left:
            future.cancel()
        loop, runs = self._own_loop, self._loop_thread
        if loop is not None and runs is not None and runs.is_alive() and runs is not threading.current_thread():
            loop.call_soon_threadsafe(loop.stop)
            runs.join(_END_SECONDS)
        if self in self._engine._workers:
            self._engine._workers.remove(self)

    def __enter__(self) -> Worker:
        if not self._threads:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ---- Threads ----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                item = self._engine.next_work(_POLL_SECONDS)
                if item is not None:
                    self._take(item)
            except ClosedError:
                return
            except BaseException as problem:
                self._engine.logger.warning("tasker: a worker thread goes on after: %s", problem, exc_info=True)
                self._stopping.wait(_PAUSE_SECONDS)

    def _take(self, item: dict[str, Any]) -> None:
        if item["kind"] == "enqueue":
            self._enqueue(item)
            return
        attempt = Attempt(self._engine, item)
        context = contextvars.copy_context()
        begun = context.run(attempt.begin)
        if begun is not None:
            loop = self._event_loop()
            # The coroutine gets a copy of the context in which it was made.
            future = context.run(asyncio.run_coroutine_threadsafe, begun, loop)
            with self._lock:
                self._awaited.add(future)
            future.add_done_callback(self._forget)

    def _enqueue(self, item: dict[str, Any]) -> None:
        enqueue = self._engine.on_enqueue
        if enqueue is None:
            self._engine.logger.warning("tasker: task %s waits for a queue; set on_enqueue", item["task_id"])
            return
        try:
            enqueue(item["task_id"], item["delay_ms"] / 1000, item["reason"])
        except Exception as problem:
            # The engine hands the task over again a while later.
            self._engine.logger.warning("tasker: task %s could not be enqueued: %s", item["task_id"], problem)

    # ---- The event loop ---------------------------------------------------------------------------------------

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._awaited.discard(future)

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is not None:
            return self._loop
        with self._lock:
            if self._own_loop is None:
                self._own_loop = asyncio.new_event_loop()
                self._loop_thread = threading.Thread(
                    target=_run_forever, args=(self._own_loop,), name="tasker-asyncio", daemon=True
                )
                self._loop_thread.start()
            return self._own_loop


def _run_forever(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        pending = asyncio.all_tasks(loop)
        for task in pending:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
