from tasker import PermanentError, RetryableError, StepHandler

import shared_numbers


class Echo(StepHandler):
    def process(self, task, sequence, step):
        return {"context": task.context, "first": task.context["list"][0], "copy": dict(task.context["map"])}


class Views(StepHandler):
    def process(self, task, sequence, step):
        return {
            "task": [task.task_id, task.namespace, task.name, task.version, task.initiator, task.source_system,
                     task.reason, list(task.tags), task.correlation_id, task.requested_at],
            "step": [step.workflow_step_id, step.name, step.attempts, step.retry_limit, dict(step.inputs)],
            "config": self.config["limit"],
        }


class Idioms(StepHandler):
    def process(self, task, sequence, step):
        context = task.context
        found = sequence.find_step_by_name("first")
        return {
            "has": "list" in context,
            "lacks": "absent" in context,
            "missing": context.get("absent", "default"),
            "null": context["null"] is None,
            "sum": sum(context["list"]),
            "keys": sorted(context["map"]),
            "pairs": [key + str(value) for key, value in context["map"].items()],
            "length": len(context["list"]),
            "spread": {**context["map"], "more": 1},
            "text": context["text"].upper(),
            "ancestor": [found.name, found.state, sequence.results_of("first")["total"]],
            "shared": shared_numbers.answer(),
        }


class Numbers(StepHandler):
    def process(self, task, sequence, step):
        return [1, 2.0, 2**70, -(2**63), 2**63 - 1, 0.1, task.context["huge"], task.context["huge"] + 1]


class Mapped(StepHandler):
    def process(self, task, sequence, step):
        import datetime
        import decimal

        return [datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc), decimal.Decimal("1.10"), {7}, (1,)]


class Retryable(StepHandler):
    def process(self, task, sequence, step):
        raise RetryableError("gateway busy", retry_after=1.5, context={"gateway": "eu-1", "none": None})


class Permanent(StepHandler):
    def process(self, task, sequence, step):
        try:
            {}["key"]
        except KeyError as cause:
            raise PermanentError("cart is empty", error_code="EMPTY_CART", context={"cart": 7}) from cause


class Other(StepHandler):
    def process(self, task, sequence, step):
        return self.deeper()

    def deeper(self):
        raise ValueError("bad value")


class Async(StepHandler):
    async def process(self, task, sequence, step):
        return {"value": await self.later()}

    async def later(self):
        return 42


class Kept(StepHandler):
    def process(self, task, sequence, step):
        return {"new": 1}

    def process_results(self, step, output, initial_results):
        return {"output": output, "before": initial_results, "step": step.name}


class Reads(StepHandler):
    def process(self, task, sequence, step):
        return self.read_text("greeting.txt")


class ReadsOutside(StepHandler):
    def process(self, task, sequence, step):
        return self.read_text("../cases.py")


class RescuesRead(StepHandler):
    def process(self, task, sequence, step):
        try:
            return self.read_text("absent.txt")
        except PermanentError as error:
            return error.error_code


class NoAncestor(StepHandler):
    def process(self, task, sequence, step):
        return sequence.results_of("elsewhere")


class Named(StepHandler):
    handler_name = "orders.named"

    def process(self, task, sequence, step):
        return "named"


class RefusedNaN(StepHandler):
    def process(self, task, sequence, step):
        return {"items": [1, {"price": float("nan")}]}


class RefusedFunction(StepHandler):
    def process(self, task, sequence, step):
        return {"call": lambda: 1}


class RefusedCycle(StepHandler):
    def process(self, task, sequence, step):
        value = {"child": {}}
        value["child"]["parent"] = value
        return value


class RefusedObject(StepHandler):
    def process(self, task, sequence, step):
        return {"handler": self}


class RefusedKey(StepHandler):
    def process(self, task, sequence, step):
        return {"byId": {7: "x"}}


class RefusedBytes(StepHandler):
    def process(self, task, sequence, step):
        return {"data": b"\xff\x00"}


class RefusedDepth(StepHandler):
    def process(self, task, sequence, step):
        value = []
        for _ in range(150):
            value = [value]
        return value


class RefusedNul(StepHandler):
    def process(self, task, sequence, step):
        return {"text": "a\0b"}


class Recursion(StepHandler):
    def process(self, task, sequence, step):
        return self.process(task, sequence, step)


class Exits(StepHandler):
    def process(self, task, sequence, step):
        raise SystemExit(3)


class ExitsHard(StepHandler):
    def process(self, task, sequence, step):
        import os

        os._exit(3)


class Endless(StepHandler):
    def process(self, task, sequence, step):
        sequence.results_of("first")
        while True:
            pass


class Sleeps(StepHandler):
    def process(self, task, sequence, step):
        import time

        sequence.results_of("first")
        time.sleep(600)


class Stubborn(StepHandler):
    def process(self, task, sequence, step):
        sequence.results_of("first")
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass


class Meets(StepHandler):
    def process(self, task, sequence, step):
        return sequence.results_of("first")


class NotAHandler:
    pass
