"""Write the steps of a Tasker workflow in Python.

The base classes of handlers, the decorator that makes a handler of a function, the errors they raise,
the read-only views they are given, and the HTTP client. Handlers written against this module run
unchanged inside the Tasker process (GraalPy) and inside a Python application that embeds the engine.

It imports nothing: on a cold GraalPy a single ``import json`` takes longer than everything else in
here. Types are in ``__init__.pyi``.
"""

__all__ = [
    "ApiClient",
    "ApiStepHandler",
    "Http",
    "HttpResponse",
    "Logger",
    "PermanentError",
    "RetryableError",
    "Sequence",
    "Step",
    "StepCancelled",
    "StepHandler",
    "StepResult",
    "Subscriber",
    "Task",
    "TaskHandler",
    "TaskerError",
    "http",
    "step_handler",
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


class StepCancelled(TaskerError):
    """Raised by ``heartbeat`` when the attempt was cancelled, or when the step is no longer its own; also
    by a request that was under way when the attempt was stopped.

    Nothing that the attempt returns is stored any more. A handler catches this only to clean up.
    """


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

    __slots__ = ("_data", "_found", "_lookup")

    def __init__(self, data, lookup):
        object.__setattr__(self, "_data", data)
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

    _asking = _field("step_name", "The step that asks; needed for errors only.")

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


class HttpResponse(_View):
    """What a server answered, whatever its status. Read-only."""

    __slots__ = ()

    status = _field("status", "The status code, such as ``200``.")
    headers = _field("headers", "A map; the names are in lower case.")
    text = _field("text", "The body as text.")
    url = _field("url", "Where the answer came from: after redirects, the last URL.")
    _index = _field("index", "Under which number the engine keeps this response during the attempt.")

    @property
    def ok(self):
        """Whether the status is one of 200 to 299."""
        return 200 <= self.status <= 299

    def json(self):
        """The body, parsed as JSON. Raises ``ValueError`` if it is none.

        Imports ``json``, which takes a while the first time in a process.
        """
        import json

        return json.loads(self.text)

    def __repr__(self):
        # Without the query, in which there may be secrets.
        return f"<tasker.HttpResponse {self.status} {str(self.url).partition('?')[0]}>"


class Http:
    """Sends HTTP requests through the engine, where a handler itself has no sockets or no TLS::

        response = self.http.get("https://api.example.com/rates", params={"base": "EUR"}, timeout=5)
        if response.ok:
            rates = response.json()

    Every answer is a response, whatever its status. Without an answer in time the call raises
    ``RetryableError``. ``headers`` and ``params`` are maps, ``timeout`` is in seconds and lasts until
    the answer is complete. A body is either ``json``, any JSON-like value but ``None``, or ``body``,
    a text. Each call blocks.

    A handler has its own as ``self.http``. The module's ``http`` is bound to the attempt that runs on
    the calling thread, for functions that are no handlers.
    """

    __slots__ = ("_handler",)

    def __init__(self, handler=None):
        self._handler = handler

    def get(self, url, *, headers=None, params=None, timeout=None):
        """Sends a GET request."""
        return self.request("GET", url, headers=headers, params=params, timeout=timeout)

    def head(self, url, *, headers=None, params=None, timeout=None):
        """Sends a HEAD request."""
        return self.request("HEAD", url, headers=headers, params=params, timeout=timeout)

    def post(self, url, *, json=None, body=None, headers=None, params=None, timeout=None):
        """Sends a POST request."""
        return self.request("POST", url, headers=headers, params=params, json=json, body=body, timeout=timeout)

    def put(self, url, *, json=None, body=None, headers=None, params=None, timeout=None):
        """Sends a PUT request."""
        return self.request("PUT", url, headers=headers, params=params, json=json, body=body, timeout=timeout)

    def patch(self, url, *, json=None, body=None, headers=None, params=None, timeout=None):
        """Sends a PATCH request."""
        return self.request("PATCH", url, headers=headers, params=params, json=json, body=body, timeout=timeout)

    def delete(self, url, *, json=None, body=None, headers=None, params=None, timeout=None):
        """Sends a DELETE request."""
        return self.request("DELETE", url, headers=headers, params=params, json=json, body=body, timeout=timeout)

    def request(self, method, url, *, headers=None, params=None, json=None, body=None, timeout=None):
        """Sends a request.

        Raises ``PermanentError`` (``HTTP_REQUEST_INVALID``) for a request that cannot be sent,
        ``RetryableError`` if there is no complete answer in time, and ``TaskerError`` outside an
        engine.
        """
        method = str(method).upper()
        if json is not None and body is not None:
            raise PermanentError(
                f"a {method} request takes json or body, not both", error_code="HTTP_REQUEST_INVALID"
            )
        request = {"method": method, "url": str(url)}
        if headers is not None:
            request["headers"] = headers
        if params is not None:
            request["params"] = params
        if json is not None:
            request["json"] = json
        if body is not None:
            request["body"] = body
        if timeout is not None:
            request["timeout_seconds"] = timeout
        return HttpResponse(self._sender(method)(request))

    def _sender(self, method):
        handler = self._handler
        host = _host_of_thread() if handler is None else handler._tasker_host
        try:
            return host.http
        except AttributeError:
            lost = f"the {method} request goes nowhere"
        if handler is not None:
            raise _unbound(handler, "http", lost)
        raise TaskerError(
            f"no attempt that can send requests runs on this thread, so {lost}; on a thread that a handler started, "
            "use its self.http; in a unit test, give the thread an object with http first: tasker._tasker_enter(host)"
        )

    def __repr__(self):
        return "<tasker.Http>"


_hosts = {}
_thread_id = None


def _host_of_thread():
    return _hosts.get(_thread_id()) if _hosts else None


def _tasker_enter(host):
    """Binds the module's ``http`` to a host, for the calling thread; ``None`` ends that.

    Returns what was bound before. Called by the engine before and after each attempt, and by unit
    tests.
    """
    global _thread_id
    if _thread_id is None:
        from _thread import get_ident

        _thread_id = get_ident
    thread = _thread_id()
    before = _hosts.pop(thread, None)
    if host is not None:
        _hosts[thread] = host
    return before


http = Http()
"""The HTTP client of the attempt that runs on the calling thread; see ``Http``."""


class Logger:
    """Writes to the log of the engine, with the ids of the task and of the step::

        self.logger.info("charged", cents=950, currency="EUR")

    Fields are JSON-like; any other value is written as text. It never raises. Outside an engine it
    writes one line to standard error: ``INFO charged cents=950 currency=EUR``.
    """

    __slots__ = ("_handler",)

    def __init__(self, handler):
        self._handler = handler

    def debug(self, message, /, **fields):
        """For those who look for a fault."""
        self._write("debug", message, fields)

    def info(self, message, /, **fields):
        """Something worth knowing happened."""
        self._write("info", message, fields)

    def warn(self, message, /, **fields):
        """Something went wrong, but the handler could go on."""
        self._write("warn", message, fields)

    warning = warn

    def error(self, message, /, **fields):
        """A person must act."""
        self._write("error", message, fields)

    def _write(self, level, message, fields):
        log = getattr(self._handler._tasker_host, "log", None)
        if log is None:
            _log_to_stderr(level, message, fields)
        else:
            log(level, message, fields)

    def __repr__(self):
        return "<tasker.Logger>"


def _log_to_stderr(level, message, fields):
    try:
        import sys

        line = f"{level.upper()} {_one_line(message)}"
        for name, value in fields.items():
            text = _one_line(value)
            line += f" {name}={text if text and ' ' not in text else repr(text)}"
        sys.stderr.write(line + "\n")
    except Exception:
        # A closed stream, for example: a handler must not fail because of its log.
        return


def _one_line(value):
    try:
        return "\\n".join(str(value).splitlines())
    except Exception:
        return "?"


class _Made:
    """An attribute that is made anew whenever it is read, for what most handlers never use.

    It never gets in the way of a handler that has an attribute of this name.
    """

    def __init__(self, make, doc):
        self._make = make
        self.__doc__ = doc

    def __get__(self, handler, owner=None):
        return self if handler is None else self._make(handler)


_NOTHING = object()

_INHERITED = (
    "retryable",
    "retry_limit",
    "backoff",
    "timeout_seconds",
    "concurrency",
    "inputs_schema",
    "result_schema",
    "custom_events",
)


class StepHandler:
    """Base class of every step handler. A new instance is made for each attempt::

        class ChargePayment(StepHandler):
            retry_limit = 5
            timeout_seconds = 30

            def process(self, task, sequence, step):
                cart = sequence.results_of("validate_cart")
                return {"charged_cents": cart["total_cents"]}

    What ``process`` returns must be JSON-like: ``None``, booleans, numbers, text, lists, and dicts
    with text keys. It may be a coroutine function.

    ``config`` is the template's ``handler_config``: a map, empty if there is none.

    The class attributes below are declarations: what a template does not say about a step that names
    this handler. Subclasses inherit them, but not ``handler_name`` and ``description``. ``None``
    declares nothing.
    """

    handler_name = None
    """The name under which templates and workers know this class, in place of its own.

    Subclasses do not inherit it, because two classes cannot share a name.
    """

    description = None
    """What the handler does, in a line of text. Subclasses do not inherit it."""

    retryable = None
    """Whether a failure is tried again: a bool."""

    retry_limit = None
    """How many attempts there may be in all."""

    backoff = None
    """How long to wait between attempts: a dict with ``strategy`` (``"none"``, ``"fixed"``,
    ``"linear"`` or ``"exponential"``), ``base_seconds``, ``multiplier``, ``cap_seconds`` and
    ``jitter`` (0 to 1), each of which may be left out."""

    timeout_seconds = None
    """How long an attempt may take, counted from its start or its last heartbeat."""

    concurrency = None
    """How many attempts may run at once in one worker."""

    inputs_schema = None
    """JSON Schema of the step's inputs: a dict."""

    result_schema = None
    """JSON Schema of what the step stores: a dict."""

    custom_events = None
    """Names of the events that the handler publishes: a list of texts."""

    logger = _Made(Logger, "The log of the engine; see ``Logger``.")
    http = _Made(Http, "The HTTP client of this attempt; see ``Http``.")

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
        try:
            read = self._tasker_host.read_text
        except AttributeError:
            raise _unbound(self, "read_text", f"read_text({relative!r}) has nothing to read from") from None
        return read(relative)

    def publish(self, name, payload=None):
        """Publishes a custom event::

            self.publish("order.shipped", {"carrier": "post"})

        Subscribers get it after this attempt's outcome is committed, whether it succeeds or fails;
        another attempt publishes it again. ``payload`` is a JSON-like dict of at most 64 KiB.

        Raises ``PermanentError`` (``EVENT_INVALID``) for a reserved name, a payload that cannot be
        sent, or more than 100 events, and ``TaskerError`` outside an engine.
        """
        try:
            publish = self._tasker_host.publish
        except AttributeError:
            raise _unbound(self, "publish", f"publish({name!r}) reaches nobody") from None
        publish(name, {} if payload is None else payload)

    def heartbeat(self, checkpoint=_NOTHING):
        """Says that the step goes on: its timeout starts anew::

            for number, row in enumerate(rows):
                self.heartbeat({"done": number})

        Without a checkpoint it costs next to nothing, so that a loop may call it as often as it likes.
        A ``checkpoint``, a JSON-like value of at most 1 MiB, is stored durably and takes the place of the
        one before: if this attempt fails, the next one finds it. ``None`` is one too.

        Raises ``StepCancelled`` if the attempt was cancelled or the step is no longer its own,
        ``PermanentError`` (``CHECKPOINT_INVALID``) for a checkpoint that cannot be stored, and
        ``TaskerError`` outside an engine.
        """
        try:
            beat = self._tasker_host.heartbeat
        except AttributeError:
            raise _unbound(self, "heartbeat", "heartbeat() reaches nobody") from None
        if checkpoint is _NOTHING:
            beat()
        else:
            beat(checkpoint)

    def checkpoint(self):
        """What an earlier attempt of this step, or this one, stored last; ``None`` if there is nothing.

        Raises ``TaskerError`` outside an engine.
        """
        try:
            checkpoint = self._tasker_host.checkpoint
        except AttributeError:
            raise _unbound(self, "checkpoint", "checkpoint() has nothing to read from") from None
        return checkpoint()

    def is_cancelled(self):
        """Whether the attempt was cancelled, has timed out or has lost its step, so that a long loop may
        end in good order.

        Raises ``TaskerError`` outside an engine.
        """
        try:
            is_cancelled = self._tasker_host.is_cancelled
        except AttributeError:
            raise _unbound(self, "is_cancelled", "is_cancelled() has nobody to ask") from None
        return is_cancelled()

    def _tasker_bind(self, host):
        """Gives this handler its host. Returns the handler.

        Called by the engine after the constructor and before ``process``, and by unit tests. A host is
        any object with those of these methods that the handler needs: ``read_text(relative)``,
        ``publish(name, payload)``, ``log(level, message, fields)``, ``heartbeat()`` and
        ``heartbeat(checkpoint)``, ``checkpoint()``, ``is_cancelled()``, ``http(request)``,
        ``api_send(method, url, json)``, ``api_check(index)`` and ``api_results(index)``. The README
        says what each is given and returns.
        """
        self._tasker_host = host
        return self

    @classmethod
    def _tasker_declaration(cls):
        """What this class declares, by the names that the engine knows. Called by the engine, which
        also checks the values.
        """
        own = cls.__dict__
        declared = {"name": own.get("handler_name"), "description": own.get("description")}
        for key in _INHERITED:
            declared[key] = getattr(cls, key)
        return {key: value for key, value in declared.items() if value is not None}

    @classmethod
    def _tasker_handler_name(cls):
        """The name this very class declares, or ``None``. Called by the engine."""
        name = cls.__dict__.get("handler_name")
        if name is not None and (not isinstance(name, str) or not name):
            raise TypeError(f"handler_name of {cls.__qualname__} must be text, not {name!r}")
        return name


def _unbound(handler, name, consequence):
    """The error of a handler that has no host, or one without the method that it needs."""
    kind = type(handler).__qualname__
    host = handler._tasker_host
    if host is None:
        lack = f"{kind} is not running in an engine, so {consequence}"
    else:
        lack = f"the host of {kind} ({type(host).__qualname__}) has no method {name}, so {consequence}"
    return TaskerError(
        f"{lack}; in a unit test, give the handler an object with {name} first: handler._tasker_bind(host)"
    )


def step_handler(
    function=None,
    /,
    *,
    name=None,
    description=None,
    retryable=None,
    retry_limit=None,
    backoff=None,
    timeout_seconds=None,
    concurrency=None,
    inputs_schema=None,
    result_schema=None,
    custom_events=None,
):
    """Makes a step handler of a function or a coroutine function::

        @step_handler
        def validate_cart(task, sequence, step):
            return {"total_cents": sum(item["cents"] for item in task.context["items"])}

        @step_handler(name="shop.charge", retry_limit=5, timeout_seconds=30)
        async def charge_payment(task, sequence, step, handler):
            handler.logger.info("charging", task=task.task_id)

    The result is a subclass of ``StepHandler`` that is named as the function, so a template names it
    ``validate_cart``. A fourth parameter gets the handler: its ``config``, ``http``, ``publish`` and so on.
    The keywords are the declarations of ``StepHandler``; ``name`` is its ``handler_name``, and
    ``description`` is otherwise the first line of the docstring.
    """
    declared = {
        "handler_name": name,
        "description": description,
        "retryable": retryable,
        "retry_limit": retry_limit,
        "backoff": backoff,
        "timeout_seconds": timeout_seconds,
        "concurrency": concurrency,
        "inputs_schema": inputs_schema,
        "result_schema": result_schema,
        "custom_events": custom_events,
    }
    if function is None:
        return lambda function: _handler_of(function, declared)
    return _handler_of(function, declared)


def _handler_of(function, declared):
    label = getattr(function, "__name__", None)
    if isinstance(function, type) or not callable(function) or not isinstance(label, str) or not label.isidentifier():
        raise TypeError(
            f"step_handler makes a handler of a named function, not of {function!r}; "
            'a name of its own is given as @step_handler(name="...")'
        )
    doc = function.__doc__
    body = {key: value for key, value in declared.items() if value is not None}
    if "description" not in body and isinstance(doc, str) and doc.strip():
        body["description"] = doc.strip().splitlines()[0].rstrip()
    body["process"] = _process_with_handler(function) if _wants_handler(function) else _process_of(function)
    body["__doc__"] = doc
    body["__module__"] = function.__module__
    body["__qualname__"] = function.__qualname__
    return type(label, (StepHandler,), body)


def _process_of(function):
    def process(self, task, sequence, step):
        return function(task, sequence, step)

    return process


def _process_with_handler(function):
    def process(self, task, sequence, step):
        return function(task, sequence, step, self)

    return process


def _wants_handler(function):
    """Whether a function has a fourth parameter that must be given, or one named ``handler``."""
    inner = function
    while hasattr(inner, "__wrapped__"):
        inner = inner.__wrapped__
    code = getattr(inner, "__code__", None)
    if code is None:
        # Compiled elsewhere, and silent about its parameters.
        return False
    bound = 1 if hasattr(inner, "__self__") else 0
    names = code.co_varnames[bound : code.co_argcount]
    required = len(names) - len(inner.__defaults__ or ())
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    takes_more = code.co_flags & 0x04
    missing = [key for key in keywords if key not in (inner.__kwdefaults__ or {})]
    if required > 4 or missing or (len(names) < 3 and not takes_more):
        raise TypeError(
            f"{function.__qualname__} must take (task, sequence, step) or (task, sequence, step, handler)"
        )
    return len(names) > 3 and (required == 4 or names[3] == "handler")


class ApiStepHandler(StepHandler):
    """Base class of handlers that call an HTTP API, as ``handler_config`` says::

        class CreateLabel(ApiStepHandler):
            def call(self, task, sequence, step):
                return self.client.post({"order": task.context["order_id"]})

    A subclass makes the requests and returns the response that decides; this class decides what it
    means: a result, a failure that is tried again (429, 503 and other server errors, no answer in
    time), or one that is final (most 4xx). The keys of ``handler_config`` are those of Tasker's own
    ``HttpStepHandler``: ``url``, ``params``, ``headers``, ``request_timeout`` and so on.
    """

    client = _Made(lambda handler: ApiClient(handler), "Sends requests as the config says; see ``ApiClient``.")

    def call(self, task, sequence, step):
        """Makes the requests and returns the response that decides, whatever its status. Every API
        handler defines it; it may be a coroutine function.
        """
        raise PermanentError(
            f"{type(self).__qualname__} must define call(self, task, sequence, step)", error_code="CALL_MISSING"
        )

    def results(self, step, response, initial_results):
        """What is stored of a successful response: by default a map of its ``status``, some of its
        ``headers``, and its ``body``, parsed if the server calls it JSON.

        ``initial_results`` is what an earlier attempt stored, or ``None``.
        """
        return self._tasker_api("api_results")(response._index)

    def process(self, task, sequence, step):
        """Calls ``call`` and checks the response. Subclasses do not override it."""
        response = self.call(task, sequence, step)
        return self._tasker_awaited(response) if hasattr(response, "__await__") else self._tasker_checked(response)

    def process_results(self, step, output, initial_results):
        """Calls ``results``. Subclasses override that."""
        return self.results(step, output, initial_results)

    async def _tasker_awaited(self, response):
        return self._tasker_checked(await response)

    def _tasker_checked(self, response):
        if not isinstance(response, HttpResponse):
            raise PermanentError(
                f"call of {type(self).__qualname__} must return a response of self.client, "
                f"not a {type(response).__qualname__}",
                error_code="RESPONSE_MISSING",
            )
        self._tasker_api("api_check")(response._index)
        return response

    def _tasker_api(self, name):
        try:
            return getattr(self._tasker_host, name)
        except AttributeError:
            raise _unbound(self, name, "nobody knows what the response means") from None


class ApiClient:
    """Sends requests with the URL, the headers and the timeouts of a handler's config.

    Any status is a response: only a call without a complete answer raises ``RetryableError``. Each
    call blocks. The headers of the config go only to the origin of its ``url``.
    """

    __slots__ = ("_handler",)

    def __init__(self, handler):
        self._handler = handler

    def get(self, url=None):
        """Reads from a URL; without one, from that of the config with its params."""
        return self.send_request("GET", url)

    def post(self, json, url=None):
        """Sends a JSON-like value; ``None`` is no body."""
        return self.send_request("POST", url, json)

    def send_request(self, method, url=None, json=None):
        """Sends a request; ``None`` for ``url`` is that of the config, and for ``json`` no body.

        Raises ``PermanentError`` for a config that cannot be (``HANDLER_CONFIG_INVALID``) and for a
        request that cannot be sent (``HTTP_REQUEST_INVALID``), and ``TaskerError`` outside an engine.
        """
        handler = self._handler
        method = str(method).upper()
        try:
            send = handler._tasker_host.api_send
        except AttributeError:
            raise _unbound(handler, "api_send", f"the {method} request goes nowhere") from None
        return HttpResponse(send(method, None if url is None else str(url), json))

    def __repr__(self):
        return "<tasker.ApiClient>"


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
