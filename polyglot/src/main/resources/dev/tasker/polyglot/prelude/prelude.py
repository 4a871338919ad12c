"""The host's side of Python handlers: loads modules, calls handlers, and flattens what they return.

Imports nothing, like the base library: every import costs a cold start.
"""

import sys

_NULL, _TRUE, _FALSE, _INT, _BIG, _FLOAT, _TEXT, _LIST, _MAP, _HOST = range(10)
_DEPTH_MAX = 100
_NODES_MAX = 1_000_000
_CAUSES_MAX = 5
_LINES_MAX = 50
_TIMES = {f"{module}.{name}" for module in ("datetime", "_pydatetime") for name in ("date", "time", "datetime")}
_DECIMALS = {"decimal.Decimal", "_decimal.Decimal", "_pydecimal.Decimal"}
_ModuleType = type(sys)

_tasker = None
_modules = {}


class _Refusal(Exception):
    def __init__(self, code, path, reason):
        super().__init__(reason)
        self.code = code
        self.path = path
        self.reason = reason


class _JsonHook:
    """Teaches the json module, when a handler imports it, to write maps and lists of the host."""

    def find_spec(self, name, path=None, target=None):
        if name != "json.encoder":
            return None
        sys.meta_path.remove(self)
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (execute(module), _extend_json(module))
        return spec


def _extend_json(encoder):
    refuse = encoder.JSONEncoder.default
    encoder.JSONEncoder.default = lambda self, value: _plain(value) if _is_host(value) else refuse(self, value)


def _plain(value):
    return dict(value) if isinstance(value, dict) else list(value)


def _is_host(value):
    return type(value).__module__ == "polyglot" and isinstance(value, (dict, list))


def _extend_copy(kinds):
    """Teaches the copy module the same."""
    import copyreg

    for kind in kinds:
        plain = dict if issubclass(kind, dict) else list
        copyreg.dispatch_table[kind] = lambda value, plain=plain: (plain, (_plain(value),))


def extend(a_map, a_list):
    sys.meta_path.insert(0, _JsonHook())
    _extend_copy([type(a_map), type(a_list)])


def install(text, name):
    """Makes the base library importable as `tasker`; it is in no folder."""
    global _tasker
    _tasker = _ModuleType("tasker")
    _tasker.__file__ = name
    _tasker.__path__ = []
    sys.modules["tasker"] = _tasker
    exec(compile(text, name, "exec"), _tasker.__dict__)


def load(path, text):
    """Executes a handler file as a module of its own, once."""
    if path in _modules:
        return _answer("ok", None)
    folder, _, file = path.replace("\\", "/").rpartition("/")
    stem = file[:-3] if file.endswith(".py") else file
    if folder not in sys.path:
        sys.path.insert(0, folder)
    imported = sys.modules.get(stem)
    if imported is not None and getattr(imported, "__file__", None) == path:
        _modules[path] = imported
        return _answer("ok", None)
    # Files of the same name in other folders stay apart; only the first can be imported by its name.
    name = stem if imported is None else stem + "@" + folder
    module = _ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    try:
        exec(compile(text, path, "exec"), module.__dict__)
    except SyntaxError as error:
        del sys.modules[name]
        where = {"file": error.filename, "line": error.lineno, "column": error.offset, "message": error.msg}
        return _answer("syntax", where)
    except BaseException as error:
        sys.modules.pop(name, None)
        return _answer("error", _describe(error))
    _modules[path] = module
    return _answer("ok", None)


def resolve(path, name):
    """Finds the class that a handler key names among those of a loaded file."""
    try:
        return _answer("ok", _resolve(path, name))
    except BaseException as error:
        return _answer("error", _describe(error))


def _resolve(path, name):
    found = _candidates(_modules[path])
    matching = [cls for cls in found if _key_of(cls) == name]
    if len(matching) > 1:
        return {"status": "duplicate", "names": [_place(cls) for cls in matching]}
    if matching:
        return {"status": "found"}
    other = _modules[path].__dict__.get(name)
    status = "missing" if other is None or other in found else "not_a_step_handler"
    return {"status": status, "names": [_shown(cls) for cls in found], "what": type(other).__name__}


def _candidates(module):
    base = _tasker.StepHandler
    values = [value for value in module.__dict__.values() if isinstance(value, type)]
    own = [value for value in values if issubclass(value, base) and value is not base]
    return list(dict.fromkeys(own))


def _key_of(cls):
    return cls._tasker_handler_name() or cls.__name__


def _shown(cls):
    key = _key_of(cls)
    return key if key == cls.__name__ else f"{key} (class {cls.__name__})"


def _place(cls):
    return f"class {cls.__name__} in module {cls.__module__}"


def run(path, name, config, read_text, publish, task, lookup, step, previous):
    """One attempt: a new handler, `process`, `process_results`; everything it raises is described."""
    try:
        cls = next(cls for cls in _candidates(_modules[path]) if _key_of(cls) == name)
        handler = cls(config)
        handler._tasker_bind(_Host(read_text, publish))
        sequence = _tasker.Sequence({"step_name": step["name"]}, _lookup_of(lookup))
        step_view = _tasker.Step(step)
        output = _settled(handler.process(_tasker.Task(task), sequence, step_view))
        output = _settled(handler.process_results(step_view, output, previous))
        return _answer("ok", output)
    except _Refusal as refusal:
        return _answer("refused", {"code": refusal.code, "path": refusal.path, "reason": refusal.reason})
    except BaseException as error:
        return _answer("error", _describe(error))


class _Host:
    def __init__(self, read_text, publish):
        self._read_text = read_text
        self._publish = publish

    def read_text(self, relative):
        return _called(self._read_text, str(relative))

    def publish(self, name, payload):
        flat = ["payload"]
        try:
            _Walk(flat).add(payload, "payload", 0)
        except _Refusal as refusal:
            raise _tasker.PermanentError(
                f"event `{name}` cannot be published: {refusal.path}: {refusal.reason}",
                error_code="EVENT_INVALID",
                context={"event": str(name)},
            ) from None
        _called(self._publish, str(name), flat)


def _lookup_of(lookup):
    return lambda name: _called(lookup, name)


def _called(host, *arguments):
    """Calls the host; its errors come as values, so that handlers can catch them as their own."""
    answer = host(*arguments)
    if answer[0] == "ok":
        return answer[1]
    message = answer[1]
    if answer[0] == "permanent":
        raise _tasker.PermanentError(message, error_code=answer[2] or None, context=dict(answer[4]))
    retry_after = None if answer[3] < 0 else answer[3]
    raise _tasker.RetryableError(message, retry_after=retry_after, context=dict(answer[4]))


def _settled(output):
    if type(output).__name__ == "coroutine":
        # Most handlers only await their own functions, and need no event loop.
        return _run_loop(output) if "asyncio" in sys.modules else _drive(output)
    return output


def _drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise RuntimeError("the handler awaits something that needs an event loop: import asyncio in its file")


def _run_loop(coroutine):
    import asyncio
    import time

    class Waiting:
        """Stands in for a selector: without sockets there is nothing to wait for but time."""

        def select(self, timeout):
            if timeout is None:
                raise RuntimeError("the handler awaits something that can never happen")
            if timeout > 0:
                time.sleep(timeout)
            return []

        def close(self):
            pass

    class Loop(asyncio.BaseEventLoop):
        def __init__(self):
            super().__init__()
            self._selector = Waiting()

        def _process_events(self, events):
            pass

        def _write_to_self(self):
            pass

    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(coroutine)


def _answer(kind, value):
    flat = [kind]
    try:
        _Walk(flat).add(value, "results", 0)
    except _Refusal as refusal:
        return _answer("refused", {"code": refusal.code, "path": refusal.path, "reason": refusal.reason})
    except BaseException as error:
        return _answer("error", _describe(error))
    return flat


class _Walk:
    """Flattens a value into tags and scalars, so that the host reads one list."""

    def __init__(self, flat):
        self.flat = flat
        self.open = set()

    def add(self, value, path, depth):
        flat = self.flat
        if len(flat) > _NODES_MAX:
            raise _Refusal("RESULT_TOO_LARGE", path, f"the value has more than {_NODES_MAX} parts")
        kind = type(value)
        if value is None:
            flat.append(_NULL)
        elif value is True:
            flat.append(_TRUE)
        elif value is False:
            flat.append(_FALSE)
        elif kind.__module__ == "polyglot":
            flat.append(_HOST)
            flat.append(value)
        elif isinstance(value, str):
            flat.append(_TEXT)
            flat.append(str(value))
        elif isinstance(value, int):
            self._int(int(value))
        elif isinstance(value, float):
            self._float(float(value), path)
        elif isinstance(value, dict):
            self._nested(self._dict, value, path, depth)
        elif isinstance(value, (list, tuple, set, frozenset)):
            self._nested(self._list, value, path, depth)
        else:
            self._other(value, path)

    def _int(self, value):
        if -(2**63) <= value < 2**63:
            self.flat.append(_INT)
            self.flat.append(value)
        else:
            self.flat.append(_BIG)
            self.flat.append(f"{value:x}" if value >= 0 else f"-{-value:x}")

    def _float(self, value, path):
        if value != value or value in (float("inf"), float("-inf")):
            raise _Refusal("RESULT_NOT_JSON", path, f"{value} is no JSON number")
        self.flat.append(_FLOAT)
        self.flat.append(value)

    def _nested(self, add, value, path, depth):
        if depth >= _DEPTH_MAX:
            raise _Refusal("RESULT_TOO_LARGE", path, f"the value is nested deeper than {_DEPTH_MAX} levels")
        if id(value) in self.open:
            raise _Refusal("RESULT_NOT_JSON", path, "the value contains itself")
        self.open.add(id(value))
        add(value, path, depth + 1)
        self.open.discard(id(value))

    def _list(self, value, path, depth):
        self.flat.append(_LIST)
        self.flat.append(len(value))
        for index, item in enumerate(value):
            self.add(item, f"{path}[{index}]", depth)

    def _dict(self, value, path, depth):
        self.flat.append(_MAP)
        self.flat.append(len(value))
        for key, item in value.items():
            if not isinstance(key, str):
                raise _Refusal("RESULT_NOT_JSON", path, f"the key {_repr(key)} is a {_name_of(key)}; keys must be text")
            self.flat.append(str(key))
            self.add(item, f"{path}.{key}", depth)

    def _other(self, value, path):
        # Recognised by name: importing the modules costs more than most handlers.
        names = {_name_of(cls) for cls in type(value).__mro__}
        if names & _TIMES:
            self.flat.append(_TEXT)
            self.flat.append(value.isoformat())
        elif names & _DECIMALS:
            if not value.is_finite():
                raise _Refusal("RESULT_NOT_JSON", path, f"{value} is no JSON number")
            self.flat.append(_TEXT)
            self.flat.append(format(value, "f"))
        elif isinstance(value, (bytes, bytearray, memoryview)):
            raise _Refusal("RESULT_NOT_JSON", path, "bytes cannot be stored; turn them into text first (base64)")
        else:
            raise _Refusal("RESULT_NOT_JSON", path, f"a value of type {_name_of(value)} cannot be stored")


def _name_of(value):
    cls = value if isinstance(value, type) else type(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _repr(value):
    try:
        return repr(value)[:200]
    except BaseException:
        return "?"


def _describe(error, causes_left=_CAUSES_MAX):
    kind = "other"
    if isinstance(error, _tasker.PermanentError):
        kind = "permanent"
    elif isinstance(error, _tasker.RetryableError):
        kind = "retryable"
    cause = error.__cause__ if isinstance(error, BaseException) else None
    if cause is None and isinstance(error, BaseException) and not error.__suppress_context__:
        cause = error.__context__
    return {
        "kind": kind,
        "class": _name_of(type(error)),
        "message": _message(error),
        "error_code": getattr(error, "error_code", None) if kind == "permanent" else None,
        "retry_after": getattr(error, "retry_after", None) if kind == "retryable" else None,
        "context": _storable(getattr(error, "context", None)) if kind != "other" else {},
        "cause": _describe(cause, causes_left - 1) if cause is not None and causes_left > 0 else None,
        "backtrace": _lines(getattr(error, "__traceback__", None)),
    }


def _message(error):
    try:
        text = str(error)
    except BaseException:
        text = "?"
    return text or type(error).__name__


def _storable(context):
    if context is None:
        return {}
    try:
        flat = []
        _Walk(flat).add(context, "context", 0)
        return context
    except BaseException as problem:
        return {"context_refused": str(problem)}


def _lines(trace):
    lines = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith("<tasker"):
            lines.append(f"{code.co_filename}:{trace.tb_lineno}:in {code.co_qualname}")
        trace = trace.tb_next
    return lines[::-1][:_LINES_MAX]
