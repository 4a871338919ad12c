"""Calls into libtasker, and the errors that they give. Imported by ``tasker.engine`` only."""

from __future__ import annotations

import ctypes
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasker import TaskerError

ABI_VERSION = 1
OK, TIMEOUT, CLOSED = range(3)
INVALID, HANDLE, UTF8, TOO_LARGE, STATE, FORKED, JVM, INTERNAL, NOMEM = range(-1, -10, -1)
ABI = -11

_LIBRARY = "libtasker.so"
_u64 = ctypes.c_uint64
_WORK_FN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, _u64, ctypes.c_void_p, ctypes.c_size_t)


class EngineError(TaskerError):
    """What the engine answers to a call that it cannot do.

    ``code`` is a stable name for programs, such as ``"TASK_NOT_FOUND"``; ``details`` is a dict.
    """

    def __init__(self, message: str, *, code: str = "INTERNAL", details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = {} if details is None else details

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> Any:
        return _rebuilt, (type(self), self.message, self.code, self.details)


def _rebuilt(kind: type[EngineError], message: str, code: str, details: dict[str, Any]) -> EngineError:
    return kind(message, code=code, details=details)


class InvalidError(EngineError):
    """The input is wrong: correct it."""


class NotFoundError(EngineError):
    """There is no such task, step or template."""


class ConflictError(EngineError):
    """It exists in another form, or in a state that does not allow the action."""


class UnavailableError(EngineError):
    """The database cannot be used now, or takes no more tasks for the moment: try again later."""


class ClosedError(EngineError):
    """The engine is closed, or closes."""


class ForkedError(EngineError):
    """The process was forked after the engine had started: open it after the fork instead."""


class RuntimeMissingError(EngineError):
    """No library, no JVM, or one of another release."""


class InternalError(EngineError):
    """A bug of Tasker."""


_CONFLICTS = {
    "TEMPLATE_IN_USE",
    "TASK_DUPLICATE",
    "TASK_STATE_CONFLICT",
    "STEP_STATE_CONFLICT",
    "EVENT_RESERVED",
    "REGISTRATION_DUPLICATE",
    "DATABASE_HAS_FOREIGN_DATA",
    "ALREADY_INITIALISED",
}
_UNAVAILABLE = {
    "BACKLOG_FULL",
    "DATABASE_UNAVAILABLE",
    "SCHEMA_OUT_OF_DATE",
    "SCHEMA_TOO_NEW",
    "DISK_SPACE_LOW",
    "TOO_MANY_ENGINES",
}
_BY_STATUS: dict[int, type[EngineError]] = {
    CLOSED: ClosedError,
    FORKED: ForkedError,
    JVM: RuntimeMissingError,
    ABI: RuntimeMissingError,
    INTERNAL: InternalError,
    NOMEM: UnavailableError,
}


def kind_of(status: int, code: str) -> type[EngineError]:
    """Which error a status and a code are."""
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    if code == "ENGINE_UNKNOWN":
        return ClosedError
    if code.endswith("_NOT_FOUND") or code == "WORK_UNKNOWN":
        return NotFoundError
    if code in _CONFLICTS:
        return ConflictError
    return UnavailableError if code in _UNAVAILABLE else InvalidError


def error_of(status: int, text: str) -> EngineError:
    """The error that an answer tells of."""
    try:
        told = json.loads(text)
    except ValueError:
        told = {"message": text or f"libtasker answered {status}"}
    code = str(told.get("code") or "INTERNAL")
    return kind_of(status, code)(str(told.get("message")), code=code, details=told.get("details"))


class _Buffer(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Options(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("abi_version", ctypes.c_uint32),
        ("heap_max_mb", ctypes.c_uint32),
        ("runtime", ctypes.c_char_p),
        ("java_home", ctypes.c_char_p),
        ("jvm_options", ctypes.c_char_p),
        ("log_file", ctypes.c_char_p),
    )


class Library:
    """One loaded libtasker. Safe from any thread; calls release the interpreter's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # Not PyDLL: that would keep the lock while a call waits.
            native = ctypes.CDLL(str(path))
        except OSError as problem:
            raise RuntimeMissingError(f"{path} cannot be loaded: {problem}", code="LIBRARY_NOT_LOADED") from None
        self._declare(native)
        self._check(native)
        self._native = native

    def _declare(self, native: Any) -> None:
        buffer, text, size = ctypes.POINTER(_Buffer), ctypes.c_char_p, ctypes.c_size_t
        for name, result, arguments in (
            ("abi_version", ctypes.c_uint32, ()),
            ("version", ctypes.c_char_p, ()),
            ("struct_size", size, (ctypes.c_int,)),
            ("init", ctypes.c_int, (ctypes.POINTER(_Options), buffer)),
            ("state", ctypes.c_int, ()),
            ("engine_open", ctypes.c_int, (text, size, ctypes.POINTER(_u64), buffer)),
            ("engine_close", ctypes.c_int, (_u64, ctypes.c_int64, buffer)),
            ("call", ctypes.c_int, (_u64, text, size, text, size, buffer)),
            ("next_work", ctypes.c_int, (_u64, ctypes.c_int64, ctypes.POINTER(_u64), buffer)),
            ("complete_work", ctypes.c_int, (_u64, _u64, text, size, buffer)),
            ("extend_work", ctypes.c_int, (_u64, _u64, buffer)),
            ("handle_task", ctypes.c_int, (_u64, _u64, _WORK_FN, ctypes.c_void_p, buffer)),
            ("wake_fd", ctypes.c_int, (_u64,)),
            ("buffer_free", None, (buffer,)),
        ):
            function = getattr(native, f"tasker_{name}", None)
            if function is None:
                raise RuntimeMissingError(
                    f"{self.path} has no tasker_{name}: it is no libtasker of this release", code="ABI_MISMATCH"
                )
            function.restype = result
            function.argtypes = arguments

    def _check(self, native: Any) -> None:
        found = (native.tasker_abi_version(), native.tasker_struct_size(0), native.tasker_struct_size(1))
        wanted = (ABI_VERSION, ctypes.sizeof(_Buffer), ctypes.sizeof(_Options))
        if found != wanted:
            raise RuntimeMissingError(
                f"{self.path} has ABI and sizes {found}, this package has {wanted}; use the same release of both",
                code="ABI_MISMATCH",
            )

    @property
    def version(self) -> str:
        return str(self._native.tasker_version().decode())

    def state(self) -> int:
        return int(self._native.tasker_state())

    def _take(self, buffer: _Buffer) -> str:
        try:
            # A copy: what was given is freed here.
            return ctypes.string_at(buffer.data, buffer.length).decode() if buffer.data else ""
        finally:
            self._native.tasker_buffer_free(ctypes.byref(buffer))

    def init(
        self, runtime: str, heap_max_mb: int, java_home: str | None, jvm_options: str | None, log_file: str | None
    ) -> None:
        options = _Options(
            ctypes.sizeof(_Options),
            ABI_VERSION,
            heap_max_mb,
            os.fsencode(runtime),
            None if java_home is None else os.fsencode(java_home),
            None if jvm_options is None else jvm_options.encode(),
            None if log_file is None else os.fsencode(log_file),
        )
        buffer = _Buffer()
        status = self._native.tasker_init(ctypes.byref(options), ctypes.byref(buffer))
        text = self._take(buffer)
        if status != OK:
            raise error_of(status, text)

    def open(self, config: str) -> int:
        data, handle, buffer = config.encode(), _u64(), _Buffer()
        status = self._native.tasker_engine_open(data, len(data), ctypes.byref(handle), ctypes.byref(buffer))
        text = self._take(buffer)
        if status != OK:
            raise error_of(status, text)
        return handle.value

    def close(self, engine: int, timeout_ms: int) -> tuple[int, str]:
        buffer = _Buffer()
        status = self._native.tasker_engine_close(engine, timeout_ms, ctypes.byref(buffer))
        return status, self._take(buffer)

    def call(self, engine: int, operation: str, arguments: str) -> tuple[int, str]:
        name, data, buffer = operation.encode(), arguments.encode(), _Buffer()
        status = self._native.tasker_call(engine, name, len(name), data, len(data), ctypes.byref(buffer))
        return status, self._take(buffer)

    def next_work(self, engine: int, timeout_ms: int) -> tuple[int, int, str]:
        work, buffer = _u64(), _Buffer()
        status = self._native.tasker_next_work(engine, timeout_ms, ctypes.byref(work), ctypes.byref(buffer))
        return status, work.value, self._take(buffer)

    def complete_work(self, engine: int, work: int, outcome: str) -> tuple[int, str]:
        data, buffer = outcome.encode(), _Buffer()
        status = self._native.tasker_complete_work(engine, work, data, len(data), ctypes.byref(buffer))
        return status, self._take(buffer)

    def extend_work(self, engine: int, work: int) -> tuple[int, str]:
        buffer = _Buffer()
        status = self._native.tasker_extend_work(engine, work, ctypes.byref(buffer))
        return status, self._take(buffer)

    def handle_task(self, engine: int, task: int, run: Callable[[str], None]) -> tuple[int, str]:
        """Calls ``run`` on this thread with each item; it must not raise."""

        def on_work(_user: Any, _work: int, data: int, length: int) -> None:
            run(ctypes.string_at(data, length).decode())

        # Kept in a variable until the call returns: the library holds no reference.
        callback = _WORK_FN(on_work)
        buffer = _Buffer()
        status = self._native.tasker_handle_task(engine, task, callback, None, ctypes.byref(buffer))
        return status, self._take(buffer)

    def wake_fd(self, engine: int) -> int:
        return int(self._native.tasker_wake_fd(engine))


_lock = threading.Lock()
_loaded: Library | None = None


# A lock that another thread holds at a fork would stay locked in the child.
def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def runtime_folder(given: str | os.PathLike[str] | None) -> Path:
    """The folder with the library: the one given, ``TASKER_RUNTIME``, or ``runtime`` in this package."""
    own = Path(__file__).with_name("runtime")
    named = os.fspath(given) if given is not None else os.environ.get("TASKER_RUNTIME")
    folder = Path(named) if named else own
    if (folder / _LIBRARY).is_file():
        return folder
    tried = (
        f"the argument runtime ({named})"
        if given is not None
        else (f"TASKER_RUNTIME ({named})" if named else f"TASKER_RUNTIME (not set) and {own}")
    )
    raise RuntimeMissingError(
        f"no {_LIBRARY}: looked in {tried}; make a runtime folder with `tasker runtime DIR` and name it with "
        "Engine.open(runtime=DIR) or TASKER_RUNTIME",
        code="RUNTIME_NOT_FOUND",
    )


def load(
    runtime: str | os.PathLike[str] | None,
    heap_max_mb: int,
    java_home: str | None,
    jvm_options: str | None,
    log_file: str | None,
) -> Library:
    """Loads the library and starts its JVM, both once per process."""
    global _loaded
    with _lock:
        if _loaded is None:
            folder = runtime_folder(runtime)
            library = Library(folder / _LIBRARY)
            if library.state() == STATE:
                library.init(str(folder), heap_max_mb, java_home, jvm_options, log_file)
            _loaded = library
        elif runtime is not None and runtime_folder(runtime).resolve() != _loaded.path.parent.resolve():
            raise ConflictError(
                f"this process uses the runtime {_loaded.path.parent} already; one process has one",
                code="ALREADY_INITIALISED",
            )
        return _loaded
