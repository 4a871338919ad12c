"""Runs tasks of Tasker as jobs of Celery.

::

    # orders.py
    from celery import Celery
    from tasker.celery import CeleryTasker

    app = Celery("orders", broker="redis://localhost/0")
    tasker = CeleryTasker(app, "postgresql://localhost/app", handlers=[ValidateCart, ChargePayment])

    # anywhere
    from orders import tasker
    task_id = tasker.engine.create_task("shop.order", {"order_id": 7})

A job runs those steps of one task that can run now. When the task is to come back, the engine says when,
and the job is enqueued with that countdown. A job that the broker loses is handed over again, and one that
comes twice finds nothing to do. Needs Celery: ``pip install tasker[celery]``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from celery import Celery, signals  # type: ignore[import-untyped]

from tasker import StepHandler
from tasker.engine import Engine
from tasker.worker import Worker

__all__ = ["CeleryTasker"]

_CLOSE_SECONDS = 5.0


class CeleryTasker:
    """A Celery application's engine: opened in each process that needs one, when it is first needed.

    ``handlers`` are registered when it is opened, then ``prepare`` is called with it, for templates.
    ``enqueuer`` is the name under which tasks ask for this queue, ``queue`` the Celery queue of the jobs, and
    ``options`` are those of ``Engine.open``. Without ``slots``, as many steps are claimed at once as the
    process runs jobs: one in a process of the ``prefork`` pool, ``--concurrency`` in the ``threads`` pool.

    Worker processes open it as they start, after the fork. A process that forks others, such as a web
    server that preloads the application, must not touch ``engine`` before.
    """

    def __init__(
        self,
        app: Celery,
        database_url: str | None = None,
        *,
        handlers: Iterable[type[StepHandler]] = (),
        prepare: Callable[[Engine], None] | None = None,
        enqueuer: str = "celery",
        queue: str | None = None,
        slots: int | None = None,
        **options: Any,
    ) -> None:
        self.enqueuer = enqueuer
        self._database_url = database_url
        self._handlers = tuple(handlers)
        self._prepare = prepare
        self._queue = queue
        self._slots = slots
        self._options = options
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._jobs = 1

        def handle_task(task_id: int) -> str:
            return self.handle_task(task_id)

        # Whatever goes wrong in a job, the engine hands its task over again: retries of Celery would be doubled.
        self.job = app.task(name=f"tasker.{enqueuer}.handle_task", ignore_result=True, acks_late=True, max_retries=0)(
            handle_task
        )
        self._connect()
        os.register_at_fork(after_in_child=self._forget)

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        with self._lock:
            if self._engine is None or self._engine.is_closed:
                self._engine = self._open()
            return self._engine

    def handle_task(self, task_id: int) -> str:
        """The job: runs what can run of a task. Returns the kind of the verdict."""
        return self.engine.handle_task(task_id).kind

    def enqueue(self, task_id: int, delay: float = 0.0, reason: str = "") -> None:
        """Enqueues the job of a task. The engine does it; more jobs than needed do no harm."""
        self.job.apply_async((task_id,), countdown=delay or None, queue=self._queue)

    def close(self, timeout: float = _CLOSE_SECONDS) -> None:
        """Closes the engine of this process. It is opened anew when it is needed."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close(timeout)

    def _open(self) -> Engine:
        engine = Engine.open(
            self._database_url, enqueuer=self.enqueuer, slots=self._slots or self._jobs, **self._options
        )
        try:
            engine.on_enqueue = self.enqueue
            if self._handlers:
                engine.register_handlers(*self._handlers)
            if self._prepare is not None:
                self._prepare(engine)
            Worker(engine, threads=1, claim=False).start()
        except BaseException:
            engine.close(0)
            raise
        return engine

    def _forget(self) -> None:
        """What another process has opened is nothing to this one."""
        self._lock = threading.Lock()
        self._engine = None

    # ---- Signals of Celery ------------------------------------------------------------------------------------

    def _connect(self) -> None:
        signals.worker_process_init.connect(self._on_process, weak=False)
        signals.worker_ready.connect(self._on_ready, weak=False)
        signals.worker_process_shutdown.connect(self._on_shutdown, weak=False)
        signals.worker_shutdown.connect(self._on_shutdown, weak=False)

    def _on_process(self, **_: Any) -> None:
        # Celery kills a process that takes more than four seconds here; the first job waits for the rest.
        threading.Thread(target=self._open_early, name="tasker-open", daemon=True).start()

    def _on_ready(self, sender: Any = None, **_: Any) -> None:
        pool: Any = getattr(sender, "pool", None)
        # The parent of a prefork pool goes on forking, and runs no jobs; threads share this process.
        if type(pool).__module__ == "celery.concurrency.thread":
            self._jobs = pool.limit or 1
            self._on_process()

    def _on_shutdown(self, **_: Any) -> None:
        self.close()

    def _open_early(self) -> None:
        try:
            _ = self.engine
        except Exception:
            # The job that needs it tries again, and tells.
            return
