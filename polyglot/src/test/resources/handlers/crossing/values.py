from tasker import StepHandler


class Echo(StepHandler):
    def process(self, task, sequence, step):
        return task.context["value"]


class Rebuild(StepHandler):
    """Takes the data apart and builds it anew of the language's own values."""

    def process(self, task, sequence, step):
        return rebuilt(task.context["value"])


def rebuilt(value):
    if isinstance(value, dict):
        return {key: rebuilt(item) for key, item in value.items()}
    return [rebuilt(item) for item in value] if isinstance(value, list) else value


class Ways(StepHandler):
    """Every way in and every way out."""

    def process(self, task, sequence, step):
        value = task.context["value"]
        self.publish("value.crossed", {"value": value})
        self.heartbeat(value)
        return [value, step.inputs["value"], self.config["value"], sequence.results_of("first"), self.checkpoint()]

    def process_results(self, step, output, initial_results):
        return [*output, initial_results]
