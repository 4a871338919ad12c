"""JSON data that handlers read but cannot change, as it is where they run inside the Tasker process.

The types are dicts and lists to everybody else: to ``isinstance``, to ``json``, and to ``match``. Copies of all kinds
(``dict(x)``, ``x.copy()``, ``copy.deepcopy(x)``, pickles) are plain ones.
"""

from __future__ import annotations

from typing import Any, NoReturn


def read_only(value: Any) -> Any:
    """The same JSON value with all its maps and lists read-only."""
    if type(value) is dict:
        return _Map({key: read_only(item) for key, item in value.items()})
    if type(value) is list:
        return _List([read_only(item) for item in value])
    return value


def _refuse(self: Any, *arguments: Any, **keywords: Any) -> NoReturn:
    raise TypeError("data of the engine is read-only; change a copy of it")


class _Map(dict):  # type: ignore[type-arg]
    __slots__ = ()

    __setitem__ = __delitem__ = __ior__ = _refuse  # type: ignore[assignment]
    clear = pop = popitem = setdefault = update = _refuse  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


class _List(list):  # type: ignore[type-arg]
    __slots__ = ()

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse  # type: ignore[assignment]
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        return list, (list(self),)
