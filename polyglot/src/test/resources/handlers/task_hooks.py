from tasker import PermanentError, TaskHandler


class OrderHooks(TaskHandler):
    def schema(self):
        return {"type": "object", "required": ["order_id"]}

    def establish_step_dependencies_and_defaults(self, task, steps):
        for step in steps:
            if step["name"] == "charge":
                if task.context["vip"]:
                    step["retry_limit"] = 5
                step["inputs"]["currency"] = "EUR"
                step["depends_on"].append("reserve")

    def update_annotations(self, task, sequence, steps):
        total = {
            "cents": sequence.results_of("charge")["cents"],
            "state": task.context["state"],
            "steps": [step["state"] for step in steps],
        }
        return [{"type": "total", "annotation": total}]


class FailingHooks(TaskHandler):
    def establish_step_dependencies_and_defaults(self, task, steps):
        raise PermanentError("no such customer", error_code="NO_CUSTOMER")


class PlainHooks(TaskHandler):
    pass
