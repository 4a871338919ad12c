from tasker import PermanentError, StepHandler, Subscriber


class Ship(StepHandler):
    def process(self, task, sequence, step):
        items = (1, 2.5, None, {"deep": True})
        self.publish("order.shipped", {"by": "python", "carrier": "post", "items": items, "order": task.context})
        self.publish("order.closed")
        return "done"


class Nan(StepHandler):
    def process(self, task, sequence, step):
        self.publish("order.shipped", {"items": [1, float("nan")]})


class NoMap(StepHandler):
    def process(self, task, sequence, step):
        self.publish("order.shipped", [1])


class Nul(StepHandler):
    def process(self, task, sequence, step):
        self.publish("order.shipped", {"text": "a\0b"})


class Reserved(StepHandler):
    def process(self, task, sequence, step):
        try:
            self.publish("task.shipped")
        except PermanentError as error:
            return error.error_code


class Audit(Subscriber):
    async def handle(self, event):
        seen = [event["event_type"], event["carrier"], len(event["items"]), int(event["task_id"]) > 0]
        if seen != ["order.shipped", self.config["carrier"], 4, True]:
            raise ValueError(f"not {seen}")
        return object()


class Picky(Subscriber):
    def handle(self, event):
        if event["by"] == "python":
            raise ValueError(f"does not want {event['by']}")


class Talks(Subscriber):
    def handle(self, event):
        self.publish("order.heard")
