"""What attempts come to, as JSON: results that are checked, errors that are described.

The same rules as for handlers that run inside the Tasker process.
"""

from __future__ import annotations

import json
import math
import os
from types import TracebackType
from typing import Any

import tasker as _tasker

_DEPTH_MAX = 100
_NODES_MAX = 1_000_000
_CAUSES_MAX = 5
_GROUP_MAX = 10
_LINES_MAX = 50
_SHOWN_MAX = 1_000
# Levels of a description that may stand above the context of an error.
_MARGIN = 10
_TIMES = {f"{module}.{name}" for module in ("datetime", "_pydatetime") for name in ("date", "time", "datetime")}
_DECIMALS = {"decimal.Decimal", "_decimal.Decimal", "_pydecimal.Decimal"}
_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_Group: Any = getattr(__import__("builtins"), "BaseExceptionGroup", ())


class Refusal(Exception):
    """A value that is not JSON-like. Its keys are added from the inside out, while it is raised."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.keys: list[str] = []

    def path(self, root: str) -> str:
        return root + "".join(reversed(self.keys))


def plain(value: Any) -> Any:
    """A copy of a JSON-like value that the json module writes as it is. Raises ``Refusal``."""
    return _Copier().copy(value)


def write(value: Any) -> str:
    """A plain value as JSON."""
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError as problem:
        # A number of more digits than Python turns into text.
        raise Refusal("RESULT_TOO_LARGE", str(problem)) from None


class _Copier:
    __slots__ = ("_nodes", "_parents")

    def __init__(self, depth: int = 0) -> None:
        self._nodes = 0
        self._parents: list[Any] = [None] * depth

    def copy(self, value: Any) -> Any:
        self._nodes += 1
        if self._nodes > _NODES_MAX:
            raise Refusal("RESULT_TOO_LARGE", f"the value has more than {_NODES_MAX} parts")
        kind = type(value)
        if kind is str or kind is int or kind is bool or value is None:
            return value
        if kind is float:
            return _finite(value)
        if kind is dict:
            return self._map(value)
        if kind is list or kind is tuple:
            return self._list(value)
        return self._kin(value)

    def _kin(self, value: Any) -> Any:
        """A value of a derived type, or of one that has a written form."""
        if isinstance(value, str):
            return "".join(str(value))
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float):
            return _finite(float(value))
        if isinstance(value, dict):
            return self._map(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._list(value)
        return _written(value)

    def _open(self, value: Any) -> None:
        if len(self._parents) >= _DEPTH_MAX:
            raise Refusal("RESULT_TOO_LARGE", f"the value is nested deeper than {_DEPTH_MAX} levels")
        for parent in self._parents:
            if parent is value:
                raise Refusal("RESULT_NOT_JSON", "the value contains itself")
        self._parents.append(value)

    def _list(self, value: Any) -> list[Any]:
        self._open(value)
        copies: list[Any] = []
        try:
            for item in value:
                copies.append(self.copy(item))
        except Refusal as refusal:
            refusal.keys.append(f"[{len(copies)}]")
            raise
        self._parents.pop()
        return copies

    def _map(self, value: Any) -> dict[str, Any]:
        self._open(value)
        copies: dict[str, Any] = {}
        for key, item in value.items():
            if type(key) is not str:
                # The refusal of a key belongs to the map, not to an entry.
                key = _derived_key(key)
            try:
                copies[key] = self.copy(item)
            except Refusal as refusal:
                refusal.keys.append(f".{key}")
                raise
        self._parents.pop()
        return copies


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise Refusal("RESULT_NOT_JSON", f"{value} is no JSON number")
    return value


def _derived_key(key: Any) -> str:
    if isinstance(key, str):
        return "".join(str(key))
    raise Refusal("RESULT_NOT_JSON", f"the key {_repr(key)} is a {name_of(key)}; keys must be text")


def _written(value: Any) -> str:
    names = {name_of(cls) for cls in type(value).__mro__}
    if names & _TIMES:
        return str(value.isoformat())
    if names & _DECIMALS:
        if not value.is_finite():
            raise Refusal("RESULT_NOT_JSON", f"{value} is no JSON number")
        return format(value, "f")
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise Refusal("RESULT_NOT_JSON", "bytes cannot be stored; turn them into text first (base64)")
    raise Refusal("RESULT_NOT_JSON", f"a value of type {name_of(value)} cannot be stored")


def fields_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a log line: what is not JSON-like is written as text."""
    told: dict[str, Any] = {}
    for name, value in fields.items():
        try:
            told[str(name)] = _Copier(1).copy(value)
        except Exception:
            told[str(name)] = text_of(value)[:_SHOWN_MAX]
    return told


def success(output: Any) -> str:
    """The outcome of an attempt that returned."""
    try:
        return write({"results": plain(output)})
    except Refusal as refusal:
        return refused(refusal.code, refusal.path("results"), refusal.reason)
    except BaseException as error:
        # A value of a derived type that raises when it is walked.
        return failure(error)


def refused(code: str, path: str, reason: str) -> str:
    """The outcome of an attempt whose results cannot be stored."""
    return write(
        {
            "error": {
                "class": "ResultNotJson",
                "message": f"the result cannot be stored: {path}: {reason}",
                "error_code": code,
                "retryable": False,
                "context": {"path": path},
                "backtrace": [],
            }
        }
    )


def failure(error: BaseException) -> str:
    """The outcome of an attempt that raised. What cannot be told of the error is left out."""
    try:
        return write({"error": _describe(error, _CAUSES_MAX, False)})
    except BaseException:
        return write({"error": _bare(error)})


def _describe(error: BaseException, causes_left: int, is_part: bool) -> dict[str, Any]:
    kind = _kind_of(error)
    cause = None
    if causes_left > 0:
        cause = error.__cause__
        if cause is None and not error.__suppress_context__:
            cause = error.__context__
    context: Any = {}
    if kind != "other":
        context = _storable(_attribute(error, "context"))
    elif _Group and _is(error, _Group) and not is_part:
        context = {"exceptions": [_describe(part, 0, True) for part in _parts(error)[:_GROUP_MAX]]}
    code = _attribute(error, "error_code") if kind == "permanent" else None
    return {
        "class": name_of(type(error)),
        "message": _message(error),
        "error_code": None if code is None else text_of(code),
        "retryable": kind != "permanent",
        "retry_after": delay(_attribute(error, "retry_after")) if kind == "retryable" else None,
        "context": context,
        "cause": None if cause is None else _describe(cause, causes_left - 1, is_part),
        "backtrace": _lines(_attribute(error, "__traceback__")),
    }


def _bare(error: BaseException) -> dict[str, Any]:
    """Asks nothing of the error itself, which may have been made to break what describes it."""
    name = _attribute(type(error), "__name__")
    return {
        "class": name if type(name) is str else "BaseException",
        "message": "the error cannot be described",
        "retryable": _kind_of(error) != "permanent",
        "context": {},
        "backtrace": [],
    }


def _kind_of(error: BaseException) -> str:
    if _is(error, _tasker.PermanentError):
        return "permanent"
    return "retryable" if _is(error, _tasker.RetryableError) else "other"


def _is(error: BaseException, cls: Any) -> bool:
    # Not isinstance: that asks the error too.
    return issubclass(type(error), cls)


def delay(seconds: Any) -> float | None:
    """A number of seconds, or None."""
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return seconds if is_number and 0 <= seconds < math.inf else None


def _attribute(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except BaseException:
        return None


def _message(error: BaseException) -> str:
    message = _own_message(error)
    if _Group and _is(error, _Group):
        parts = [f"{name_of(part)}: {_own_message(part)[:_SHOWN_MAX]}" for part in _parts(error)[:_GROUP_MAX]]
        more = len(_parts(error)) - len(parts)
        return message + ": " + "; ".join(parts) + (f"; and {more} more" if more else "")
    return message


def _parts(group: Any) -> tuple[BaseException, ...]:
    return tuple(group.exceptions)


def _own_message(error: BaseException) -> str:
    try:
        if type(error) is SystemExit and isinstance(error.code, (int, type(None))):
            return f"exit with status {error.code or 0}"
        return "".join(str(error)) or type(error).__name__
    except BaseException as problem:
        return f"{type(error).__name__}, whose message cannot be shown ({type(problem).__name__})"


def _storable(context: Any) -> Any:
    if context is None:
        return {}
    try:
        return _Copier(_MARGIN).copy(context)
    except Refusal as refusal:
        return {"context_refused": f"{refusal.path('context')}: {refusal.reason}"}
    except BaseException as problem:
        return {"context_refused": _own_message(problem)}


def _lines(trace: TracebackType | None) -> list[str]:
    found = []
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(_FOLDER):
            found.append(trace)
        trace = trace.tb_next
    return [_line(trace) for trace in found[: -_LINES_MAX - 1 : -1]]


def _line(trace: TracebackType) -> str:
    code = trace.tb_frame.f_code
    return f"{code.co_filename}:{trace.tb_lineno}:in {getattr(code, 'co_qualname', code.co_name)}"


def name_of(value: Any) -> str:
    cls = value if isinstance(value, type) else type(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _repr(value: Any) -> str:
    try:
        return repr(value)[:200]
    except BaseException:
        return "?"


def text_of(value: Any) -> str:
    try:
        return "".join(str(value))
    except Exception:
        return "?"
