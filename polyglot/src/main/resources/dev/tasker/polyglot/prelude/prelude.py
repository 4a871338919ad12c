"""The host's side of Python handlers: loads modules, calls handlers, and flattens what they return.

Imports nothing, like the base library: every import costs a cold start.
"""

import sys

_NULL, _TRUE, _FALSE, _INT, _BIG, _FLOAT, _TEXT, _LIST, _MAP, _HOST = range(10)
_INT_MAX = 2**63 - 1
_INFINITY = float("inf")
_DEPTH_MAX = 100
_NODES_MAX = 1_000_000
_CAUSES_MAX = 5
_GROUP_MAX = 10
_LINES_MAX = 50
_FOLDERS_MAX = 10
_SHOWN_MAX = 1_000
# Levels of a description that may stand above the context of an error.
_MARGIN = 10
_TIMES = {f"{module}.{name}" for module in ("datetime", "_pydatetime") for name in ("date", "time", "datetime")}
_DECIMALS = {"decimal.Decimal", "_decimal.Decimal", "_pydecimal.Decimal"}
# The host calls a function named `list`, which hides the type.
_ListType = list
_ModuleType = type(sys)
_FunctionType = type(lambda: None)
_TAKES_MORE, _TAKES_KEYWORDS = 0x04, 0x08
_LIBRARY_FOLDERS = set(sys.path)

_tasker = None
_modules = {}
_texts = {}
_classes = {}
_loop_class = None


async def _nothing():
    return None


def _type_of_coroutines():
    coroutine = _nothing()
    coroutine.close()
    return type(coroutine)


_Coroutine = _type_of_coroutines()


def _exit(status=0):
    raise SystemExit(status)


# `os._exit` would end the context under the host; `os`, if it is imported later, takes it from the module below.
for _name in ("posix", "nt", "os"):
    if _name in sys.modules:
        sys.modules[_name]._exit = _exit


def _denied(*arguments, **options):
    raise PermissionError(1, "a handler may not do this")


def _no_signals(*arguments):
    # The error that programs expect off the main thread.
    raise ValueError("signal only works in the main thread of a program, which no handler is")


def confine(has_sockets):
    """Replaces what would reach beyond the context, or end it.

    Signals belong to the whole process: a handler could take SIGTERM away from the worker, or send it. The rest is
    refused anyway, but so that the context is lost.
    """
    _replace("_signal", _no_signals, "signal", "set_wakeup_fd")
    _replace("_signal", _denied, "alarm", "pthread_kill", "raise_signal", "setitimer", "siginterrupt")
    _replace("posix", _denied, "system")
    if not has_sockets:
        _replace("_socket", _denied, "getaddrinfo", "gethostbyaddr", "gethostbyname", "gethostbyname_ex")
        _replace("_socket", _denied, "getnameinfo", "getservbyname", "getservbyport", "socketpair")
        module = sys.modules["_socket"]
        module.socket = module.SocketType = type("socket", (module.socket,), {"__slots__": (), "__init__": _denied})


def _replace(module, function, *names):
    module = __import__(module)
    for name in names:
        if hasattr(module, name):
            setattr(module, name, function)


class _Refusal(Exception):
    """A value that cannot be flattened. Its keys are added from the inside out, while it is raised."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.keys = []

    def path(self, root):
        return root + "".join(reversed(self.keys))


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
    return dict(value) if isinstance(value, dict) else _ListType(value)


def _is_host(value):
    return type(value).__module__ == "polyglot" and isinstance(value, (dict, _ListType))


def _extend_copy(kinds):
    """Teaches the copy module the same."""
    import copyreg

    for kind in kinds:
        plain = dict if issubclass(kind, dict) else _ListType
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


def add_paths(folders):
    """Adds folders to import from, behind the handlers' own and behind the standard library, which none of them
    should replace by accident.
    """
    for folder in folders:
        folder = str(folder)
        if folder not in sys.path:
            sys.path.append(folder)


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
        return _loaded(path, text, imported)
    # Files of the same name in other folders stay apart; only the first can be imported by its name.
    name = stem if imported is None else stem + "@" + folder
    module = _ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    try:
        exec(compile(text, path, "exec"), module.__dict__)
    except SyntaxError as error:
        sys.modules.pop(name, None)
        where = {"file": error.filename, "line": error.lineno, "column": error.offset, "message": error.msg}
        return _answer("syntax", where)
    except BaseException as error:
        sys.modules.pop(name, None)
        return _failed(error)
    return _loaded(path, text, module)


def _loaded(path, text, module):
    _modules[path] = module
    _texts[path] = text
    return _answer("ok", None)


def resolve(path, name):
    """Finds the class that a handler key names among those of a loaded file."""
    try:
        return _answer("ok", _resolve(path, name))
    except BaseException as error:
        return _failed(error)


def _resolve(path, name):
    found = _candidates(_modules[path])
    matching = [cls for cls in found if _key_of(cls) == name]
    if len(matching) > 1:
        return {"status": "duplicate", "names": [_place(cls) for cls in matching]}
    if matching:
        misfit = _misfit(matching[0])
        if misfit is not None:
            return {"status": "wrong_arity", "what": misfit}
        return {"status": "found", "declaration": _declaration(matching[0])}
    other = _modules[path].__dict__.get(name)
    is_handler = isinstance(other, type) and issubclass(other, _tasker.StepHandler)
    status = "missing" if other is None or is_handler else "not_a_step_handler"
    return {"status": status, "names": [_shown(cls) for cls in found], "what": type(other).__name__}


def _candidates(module):
    base = _tasker.StepHandler
    values = [value for value in module.__dict__.values() if isinstance(value, type)]
    own = [value for value in values if issubclass(value, base) and not _is_of_library(value)]
    return _ListType(dict.fromkeys(own))


def _is_of_library(cls):
    return _tasker.__dict__.get(cls.__name__) is cls


def _key_of(cls):
    return cls._tasker_handler_name() or cls.__name__


def _shown(cls):
    key = _key_of(cls)
    return key if key == cls.__name__ else f"{key} (class {cls.__name__})"


def _place(cls):
    return f"class {cls.__name__} in module {cls.__module__}"


def _declaration(cls):
    declared = cls._tasker_declaration()
    try:
        _flat("declaration", declared)
    except _Refusal as refusal:
        path = refusal.path("declaration")
        raise TypeError(f"{_place(cls)} declares what cannot be read: {path}: {refusal.reason}") from None
    return declared


def _misfit(cls):
    """How `process` is defined, if it cannot be called with a task, a sequence and a step; else None."""
    process = next(base.__dict__["process"] for base in cls.__mro__ if "process" in base.__dict__)
    given = 4
    if isinstance(process, staticmethod):
        process, given = process.__func__, 3
    elif isinstance(process, classmethod):
        process = process.__func__
    if type(process) is not _FunctionType:
        # Whatever it is, it does not tell.
        return None
    code = process.__code__
    count = code.co_argcount
    required = count - len(process.__defaults__ or ())
    keywords = code.co_varnames[count : count + code.co_kwonlyargcount]
    lacks_keyword = any(key not in (process.__kwdefaults__ or {}) for key in keywords)
    takes_all = count >= given or code.co_flags & _TAKES_MORE
    return None if required <= given and takes_all and not lacks_keyword else _signature(code, required)


def _signature(code, required):
    names, count, keywords = code.co_varnames, code.co_argcount, code.co_kwonlyargcount
    shown = [name if index < required else name + "=..." for index, name in enumerate(names[:count])]
    more = _ListType(names[count + keywords :])
    if code.co_flags & _TAKES_MORE:
        shown.append("*" + more.pop(0))
    elif keywords:
        shown.append("*")
    shown += names[count : count + keywords]
    if code.co_flags & _TAKES_KEYWORDS:
        shown.append("**" + more[0])
    return f"process({', '.join(shown)})"


def list(path):
    """Tells of the handlers that a loaded file defines, or names in `__all__`."""
    try:
        return _answer("ok", [_listed(cls, path) for cls in _handlers_of(_modules[path])])
    except BaseException as error:
        return _failed(error)


def _handlers_of(module):
    named = [module.__dict__.get(name) for name in module.__dict__.get("__all__", ())]
    return [cls for cls in _candidates(module) if cls.__module__ == module.__name__ or cls in named]


def _listed(cls, path):
    listed = {"key": _key_of(cls), "class": cls.__name__, "declaration": _declaration(cls)}
    line = _line_of(cls.__name__, _texts[path]) if cls.__module__ == _modules[path].__name__ else None
    if line is not None:
        listed["line"] = line
    return listed


def _line_of(name, text):
    """Where a class or a function is defined: the last place, which is the one that counts."""
    starts = tuple(word + name + end for word in ("class ", "def ", "async def ") for end in "(:[ ")
    found = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(starts):
            found = number
    return found


def run(path, name, config, call, task, step, previous):
    """One attempt: a new handler, `process`, `process_results`; everything it raises is described."""
    host = _Host(call)
    before = _tasker._tasker_enter(host)
    try:
        cls = _classes.get((path, name))
        if cls is None:
            cls = _class_of(path, name)
        handler = cls(config)
        handler._tasker_bind(host)
        step_view = _tasker.Step(step)
        output = handler.process(_tasker.Task(task), _tasker.Sequence(_Asking(step), host.lookup), step_view)
        if type(output) is _Coroutine:
            output = _awaited(output)
        output = handler.process_results(step_view, output, previous)
        if type(output) is _Coroutine:
            output = _awaited(output)
        return _answer("ok", output)
    except BaseException as error:
        return _failed(error)
    finally:
        _tasker._tasker_enter(before)


def _class_of(path, name):
    for cls in _candidates(_modules[path]):
        if _key_of(cls) == name:
            _classes[path, name] = cls
            return cls
    raise LookupError(f"there is no handler {name} in {path}")


class _Asking:
    """Names the step that asks for its ancestors, in the rare case that anybody wants to know."""

    __slots__ = ("_step",)

    def __init__(self, step):
        self._step = step

    def __contains__(self, key):
        return key == "step_name"

    def __getitem__(self, key):
        return self._step["name"]


class _Host:
    """What a handler is bound to: each method is an operation of the host."""

    __slots__ = ("_call",)

    def __init__(self, call):
        self._call = call

    def lookup(self, name):
        return _called(self._call, "lookup", str(name))

    def read_text(self, relative):
        return _called(self._call, "read_text", str(relative))

    def publish(self, name, payload):
        name = str(name)
        failure = f"event `{name}` cannot be published"
        flat = _sendable("payload", payload, failure, "EVENT_INVALID", {"event": name})
        _called(self._call, "publish", name, flat)

    def log(self, level, message, fields):
        try:
            self._call("log", level, _text_of(message), _flat_fields(fields) if fields else None)
        except Exception:
            # A handler must not fail because of its log.
            return

    def heartbeat(self, *checkpoint):
        flat = None
        if checkpoint:
            flat = _sendable("checkpoint", checkpoint[0], "the checkpoint cannot be stored", "CHECKPOINT_INVALID")
        _called(self._call, "heartbeat", flat)

    def checkpoint(self):
        return _called(self._call, "checkpoint")

    def is_cancelled(self):
        return bool(_called(self._call, "is_cancelled"))

    def http(self, request):
        failure = f"the {request['method']} request cannot be sent"
        return _called(self._call, "http", _sendable("request", request, failure, "HTTP_REQUEST_INVALID"))

    def api_send(self, method, url, json):
        flat = None
        if json is not None:
            flat = _sendable("json", json, f"the {method} request cannot be sent", "HTTP_REQUEST_INVALID")
        return _called(self._call, "api_send", method, url, flat)

    def api_check(self, index):
        _called(self._call, "api_check", index)

    def api_results(self, index):
        return _called(self._call, "api_results", index)


def _sendable(root, value, failure, code, context=None):
    """The flat form of what a handler hands to the host, or an error that it can catch."""
    try:
        return _flat(root, value)
    except _Refusal as refusal:
        path = refusal.path(root)
        raise _tasker.PermanentError(
            f"{failure}: {path}: {refusal.reason}",
            error_code=code,
            context={"path": path} if context is None else context,
        ) from None


def _flat_fields(fields):
    flat = ["fields", _MAP, len(fields)]
    for name, value in fields.items():
        flat.append(str(name))
        end = len(flat)
        try:
            _add(flat, value, [fields])
        except Exception:
            del flat[end:]
            flat.append(_TEXT)
            flat.append(_text_of(value)[:_SHOWN_MAX])
    return flat


def _called(call, operation, *arguments):
    """Calls the host; its errors come as values, so that handlers can catch them as their own."""
    try:
        answer = call(operation, *arguments)
    except BaseException as error:
        raise _of_host(error) from None
    kind = answer[0]
    if kind == "ok":
        return answer[1]
    message = answer[1]
    if kind == "cancelled":
        raise _tasker.StepCancelled(message)
    if kind == "ended":
        raise _tasker.TaskerError(message)
    if kind == "permanent":
        raise _tasker.PermanentError(message, error_code=answer[2] or None, context=dict(answer[4]))
    raise _tasker.RetryableError(message, retry_after=_delay(answer[3]), context=dict(answer[4]))


def _of_host(error):
    """What the host could not tell as a value, because there was no room left to do so."""
    if type(error).__module__ != "polyglot":
        return error
    if "OutOfMemoryError" in str(error):
        made = MemoryError("there is no memory left for the answer of the host")
    else:
        made = RecursionError("the depth of the calls leaves no room for one of the host")
    return made.with_traceback(error.__traceback__)


def _delay(seconds):
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return seconds if is_number and 0 <= seconds < _INFINITY else None


def _awaited(coroutine):
    # Most handlers only await their own functions, and need no event loop.
    return _run_loop(coroutine) if "asyncio" in sys.modules else _drive(coroutine)


def _drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise RuntimeError("the handler awaits something that needs an event loop: import asyncio in its file")


def _run_loop(coroutine):
    import asyncio

    global _loop_class
    if _loop_class is None:
        _loop_class = _new_loop_class(asyncio)
    with asyncio.Runner(loop_factory=_loop_class) as runner:
        return runner.run(coroutine)


def _new_loop_class(asyncio):
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

    return Loop


def _answer(kind, value):
    try:
        return _flat(kind, value)
    except _Refusal as refusal:
        return _flat("refused", {"code": refusal.code, "path": refusal.path("results"), "reason": refusal.reason})
    except BaseException as error:
        return _failed(error)


# The flat form is one list of tags and scalars, so that the host reads it without a call for each value. The walk
# knows no paths: only a refusal, on its way out, learns where it happened.


def _flat(head, value):
    flat = [head]
    _add(flat, value, [])
    return flat


def _add(flat, value, parents):
    """Appends a value; `parents` are the containers that it is in."""
    if len(flat) > _NODES_MAX:
        raise _Refusal("RESULT_TOO_LARGE", f"the value has more than {_NODES_MAX} parts")
    kind = type(value)
    if kind is str:
        flat.append(_TEXT)
        flat.append(value)
    elif kind is int:
        _add_int(flat, value)
    elif value is None:
        flat.append(_NULL)
    elif value is True:
        flat.append(_TRUE)
    elif value is False:
        flat.append(_FALSE)
    elif kind is float:
        _add_float(flat, value)
    elif kind is dict:
        _add_map(flat, value, parents)
    elif kind is _ListType or kind is tuple:
        _add_list(flat, value, parents)
    elif kind.__module__ == "polyglot":
        flat.append(_HOST)
        flat.append(value)
    else:
        _add_kin(flat, value, parents)


def _add_kin(flat, value, parents):
    """Appends a value of a derived type, or of one that has a written form."""
    if isinstance(value, str):
        flat.append(_TEXT)
        flat.append(str(value))
    elif isinstance(value, int):
        _add_int(flat, int(value))
    elif isinstance(value, float):
        _add_float(flat, float(value))
    elif isinstance(value, dict):
        _add_map(flat, value, parents)
    elif isinstance(value, (_ListType, tuple, set, frozenset)):
        _add_list(flat, value, parents)
    else:
        flat.append(_TEXT)
        flat.append(_written(value))


def _add_int(flat, value):
    if -_INT_MAX <= value <= _INT_MAX:
        flat.append(_INT)
        flat.append(value)
    else:
        flat.append(_BIG)
        flat.append(f"{value:x}" if value >= 0 else f"-{-value:x}")


def _add_float(flat, value):
    if not -_INFINITY < value < _INFINITY:
        raise _Refusal("RESULT_NOT_JSON", f"{value} is no JSON number")
    flat.append(_FLOAT)
    flat.append(value)


def _open(value, parents):
    if len(parents) >= _DEPTH_MAX:
        raise _Refusal("RESULT_TOO_LARGE", f"the value is nested deeper than {_DEPTH_MAX} levels")
    for parent in parents:
        if parent is value:
            raise _Refusal("RESULT_NOT_JSON", "the value contains itself")
    parents.append(value)


def _add_list(flat, value, parents):
    _open(value, parents)
    flat.append(_LIST)
    # Counted, not asked for: a derived type may say one thing and do another.
    place = len(flat)
    flat.append(0)
    index = 0
    try:
        for item in value:
            _add(flat, item, parents)
            index += 1
    except _Refusal as refusal:
        refusal.keys.append(f"[{index}]")
        raise
    flat[place] = index
    parents.pop()


def _add_map(flat, value, parents):
    _open(value, parents)
    flat.append(_MAP)
    place = len(flat)
    flat.append(0)
    count = 0
    key = None
    try:
        for key, item in value.items():
            if type(key) is not str:
                key = _derived_key(key)
            flat.append(key)
            _add(flat, item, parents)
            count += 1
    except _BadKey as bad:
        raise _Refusal("RESULT_NOT_JSON", bad.reason) from None
    except _Refusal as refusal:
        refusal.keys.append(f".{key}")
        raise
    flat[place] = count
    parents.pop()


class _BadKey(Exception):
    """Unlike a refusal it belongs to the map, not to an entry."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def _derived_key(key):
    if isinstance(key, str):
        return str(key)
    raise _BadKey(f"the key {_repr(key)} is a {_name_of(key)}; keys must be text")


def _written(value):
    # Recognised by name: importing the modules costs more than most handlers.
    names = {_name_of(cls) for cls in type(value).__mro__}
    if names & _TIMES:
        return value.isoformat()
    if names & _DECIMALS:
        if not value.is_finite():
            raise _Refusal("RESULT_NOT_JSON", f"{value} is no JSON number")
        return format(value, "f")
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise _Refusal("RESULT_NOT_JSON", "bytes cannot be stored; turn them into text first (base64)")
    raise _Refusal("RESULT_NOT_JSON", f"a value of type {_name_of(value)} cannot be stored")


def _name_of(value):
    cls = value if isinstance(value, type) else type(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _repr(value):
    try:
        return repr(value)[:200]
    except BaseException:
        return "?"


def _text_of(value):
    try:
        return str(value)
    except Exception:
        return "?"


def _failed(error):
    """The answer that describes an error. What cannot be told of it is left out, so that there always is one."""
    try:
        return _flat("error", _describe(_of_host(error), _CAUSES_MAX))
    except BaseException:
        return _flat("error", _bare(error))


def _describe(error, causes_left, is_part=False):
    kind = _kind_of(error)
    cause = None
    if causes_left > 0 and _is(error, BaseException):
        cause = error.__cause__
        if cause is None and not error.__suppress_context__:
            cause = error.__context__
    context = {}
    if kind != "other":
        context = _storable(_attribute(error, "context"))
    elif _is(error, BaseExceptionGroup) and not is_part:
        context = {"exceptions": [_part(part) for part in error.exceptions[:_GROUP_MAX]]}
    code = _attribute(error, "error_code") if kind == "permanent" else None
    return {
        "kind": kind,
        "class": _name_of(type(error)),
        "message": _message(error),
        "error_code": None if code is None else _text_of(code),
        "retry_after": _delay(_attribute(error, "retry_after")) if kind == "retryable" else None,
        "context": context,
        "cause": None if cause is None else _describe(cause, causes_left - 1, is_part),
        "backtrace": _lines(_attribute(error, "__traceback__")),
    }


def _part(error):
    """One of a group's exceptions, in the form in which errors are stored; what a nested group holds is only named."""
    told = _describe(error, 0, True)
    return {
        "class": told["class"],
        "message": told["message"],
        "error_code": told["error_code"],
        "retryable": told["kind"] != "permanent",
        "context": told["context"],
        "backtrace": told["backtrace"],
    }


def _bare(error):
    """Asks nothing of the error itself, which may have been made to break what describes it."""
    name = _attribute(type(error), "__name__")
    return {
        "kind": _kind_of(error),
        "class": name if type(name) is str else "BaseException",
        "message": "the error cannot be described",
        "error_code": None,
        "retry_after": None,
        "context": {},
        "cause": None,
        "backtrace": [],
    }


def _kind_of(error):
    if _is(error, _tasker.PermanentError):
        return "permanent"
    return "retryable" if _is(error, _tasker.RetryableError) else "other"


def _is(error, cls):
    # Not isinstance: that asks the error too.
    return issubclass(type(error), cls)


def _attribute(error, name):
    try:
        return getattr(error, name, None)
    except BaseException:
        return None


def _message(error):
    message = _own_message(error)
    if _is(error, ModuleNotFoundError):
        return message + _looked_in(error.name)
    if _is(error, BaseExceptionGroup):
        return message + _parts_of(error.exceptions)
    return message


def _own_message(error):
    try:
        if type(error) is SystemExit and isinstance(error.code, (int, type(None))):
            return f"exit with status {error.code or 0}"
        return str(error) or type(error).__name__
    except BaseException as problem:
        return f"{type(error).__name__}, whose message cannot be shown ({type(problem).__name__})"


def _parts_of(exceptions):
    parts = [f"{_name_of(part)}: {_own_message(part)[:_SHOWN_MAX]}" for part in exceptions[:_GROUP_MAX]]
    more = len(exceptions) - len(parts)
    return ": " + "; ".join(parts) + (f"; and {more} more" if more else "")


def _looked_in(name):
    """Where a module was looked for, without the standard library."""
    if not isinstance(name, str) or name in sys.modules:
        return ""
    package = name.rpartition(".")[0]
    if package:
        folders = getattr(sys.modules.get(package), "__path__", ())
    else:
        folders = [folder for folder in sys.path if folder not in _LIBRARY_FOLDERS]
    shown = [str(folder) for folder in folders][:_FOLDERS_MAX]
    return "; looked in " + ", ".join(shown) if shown else ""


def _storable(context):
    if context is None:
        return {}
    try:
        _add([], context, [None] * _MARGIN)
        return context
    except _Refusal as refusal:
        return {"context_refused": f"{refusal.path('context')}: {refusal.reason}"}
    except BaseException as problem:
        return {"context_refused": _own_message(problem)}


def _lines(trace):
    found = []
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith("<tasker"):
            found.append(trace)
        trace = trace.tb_next
    return [_line(trace) for trace in found[: -_LINES_MAX - 1 : -1]]


def _line(trace):
    code = trace.tb_frame.f_code
    return f"{code.co_filename}:{trace.tb_lineno}:in {code.co_qualname}"
