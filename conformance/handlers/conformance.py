"""Does what the script of a conformance case says; ../README.md has the form of scripts."""

from tasker import PermanentError, RetryableError, StepCancelled, StepHandler


class Conformance(StepHandler):
    def process(self, task, sequence, step):
        return self.evaluate(self.config["process"], task, sequence, step)

    def process_results(self, step, output, initial_results):
        if "process_results" not in self.config:
            return super().process_results(step, output, initial_results)
        self.output, self.initial_results = output, initial_results
        return self.evaluate(self.config["process_results"], None, None, step)

    def evaluate(self, script, task, sequence, step):
        return Script(self, task, sequence, step).value_of(script)


class Asynchronous(Conformance):
    async def process(self, task, sequence, step):
        return await self.later(super().process(task, sequence, step))

    async def later(self, value):
        return value

    async def process_results(self, step, output, initial_results):
        return await self.later(super().process_results(step, output, initial_results))


class Declares(Conformance):
    handler_name = "conformance.declares"
    description = "Declares all that can be declared."
    retryable = False
    retry_limit = 4
    backoff = {"strategy": "fixed", "base_seconds": 2}
    timeout_seconds = 30
    concurrency = 2
    inputs_schema = {"type": "object", "required": ["total"]}
    result_schema = {"type": "integer"}
    custom_events = ["order.shipped"]


class Silent(StepHandler):
    """Defines no process."""


class Script:
    def __init__(self, handler, task, sequence, step):
        self.handler, self.task, self.sequence, self.step = handler, task, sequence, step

    def value_of(self, script):
        if isinstance(script, dict):
            return {key: self.value_of(script[key]) for key in script}
        if isinstance(script, list):
            operation, *rest = script
            return getattr(self, "do_" + operation)(*rest)
        return script

    def do_value(self, value):
        return value

    def do_do(self, *scripts):
        return [self.value_of(script) for script in scripts][-1]

    def do_list(self, *scripts):
        return [self.value_of(script) for script in scripts]

    def do_attempt(self, *scripts):
        return self.value_of(scripts[min(self.step.attempts, len(scripts)) - 1])

    # What the handler is given.

    def do_context(self, *path):
        return below(self.task.context, path)

    def do_config(self, *path):
        return below(self.handler.config, path)

    def do_inputs(self, *path):
        return below(self.step.inputs, path)

    def do_task(self, field):
        return getattr(self.task, field)

    def do_step(self, field):
        return getattr(self.step, field)

    def do_results_of(self, name, *path):
        return below(self.sequence.results_of(name), path)

    def do_find(self, name):
        found = self.sequence.find_step_by_name(name)
        return [found.name, found.state, found.results]

    def do_output(self):
        return self.handler.output

    def do_initial_results(self):
        return self.handler.initial_results

    # Reading data the way of the language.

    def do_copy(self, script):
        value = self.value_of(script)
        return dict(value) if isinstance(value, dict) else [*value]

    def do_length(self, script):
        return len(self.value_of(script))

    def do_has(self, script, key):
        return key in self.value_of(script)

    def do_keys(self, script):
        return list(self.value_of(script).keys())

    def do_reversed(self, script):
        return list(reversed([item for item in self.value_of(script)]))

    def do_sum(self, *scripts):
        return sum(self.value_of(script) for script in scripts)

    def do_joined(self, *scripts):
        return "".join(self.value_of(script) for script in scripts)

    def do_kind(self, script):
        return kind_of(self.value_of(script))

    def do_through_json(self, script):
        import json

        return json.loads(json.dumps(self.value_of(script)))

    def do_set(self, script, key, value):
        self.value_of(script)[key] = value

    # Errors.

    def do_raise(self, message):
        raise RuntimeError(message)

    def do_raise_oddly(self):
        raise SystemExit("odd")

    def do_retryable(self, message, options={}):
        raise RetryableError(message, **self.value_of(options))

    def do_permanent(self, message, options={}):
        raise PermanentError(message, **self.value_of(options))

    def do_permanent_after(self, message, cause):
        try:
            self.do_raise(cause)
        except RuntimeError as error:
            raise PermanentError(message) from error

    def do_rescue(self, script):
        try:
            return self.value_of(script)
        except PermanentError as error:
            return ["permanent", error.error_code, error.context]
        except RetryableError as error:
            return ["retryable", error.retry_after, error.context]
        except StepCancelled:
            return ["cancelled"]
        except Exception:
            return ["other"]

    # What a handler may do beside.

    def do_publish(self, name, *payload):
        self.handler.publish(name, *map(self.value_of, payload))

    def do_log(self, level, message, fields={}):
        getattr(self.handler.logger, level)(message, **self.value_of(fields))

    def do_heartbeat(self, *checkpoint):
        self.handler.heartbeat(*map(self.value_of, checkpoint))

    def do_checkpoint(self):
        return self.handler.checkpoint()

    def do_is_cancelled(self):
        return self.handler.is_cancelled()

    def do_until_cancelled(self):
        import time

        deadline = time.monotonic() + 20
        while not self.handler.is_cancelled():
            if time.monotonic() > deadline:
                raise RuntimeError("nobody has cancelled the attempt")

    def do_read_text(self, path):
        return self.handler.read_text(path)

    # Values that JSON does not know.

    def do_make(self, what, size=0):
        return getattr(Made, what)(size)


class Made:
    def nan(size):
        return float("nan")

    def infinity(size):
        return float("-inf")

    def nul_text(size):
        return "a\0b"

    def half_character(size):
        return "a" + chr(0xD83C)

    def bytes(size):
        return b"\xff\x00"

    def function(size):
        return lambda: 1

    def object(size):
        return Made()

    def number_key(size):
        return {7: "x"}

    def cycle(size):
        value = {"child": {}}
        value["child"]["parent"] = value
        return value

    def nested(size):
        value = 1
        for _ in range(size):
            value = [value]
        return value

    def wide(size):
        return list(range(size))

    def long_text(size):
        return "x" * size

    def power_of_two(size):
        return 2**size

    def half(size):
        return 0.5

    def moment(size):
        import datetime

        return datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)

    def set(size):
        return {7}

    def symbol(size):
        return "symbol"


def below(value, path):
    for key in path:
        value = value[key]
    return value


def kind_of(value):
    if value is None:
        return "null"
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "float"), (str, "text"), (dict, "map"), (list, "list")):
        if isinstance(value, kind):
            return name
    return type(value).__name__
