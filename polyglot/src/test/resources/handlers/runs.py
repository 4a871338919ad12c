import tasker
from tasker import StepHandler


class Runs(StepHandler):
    """Runs the code that the task brings: the body of a function."""

    def process(self, task, sequence, step):
        lines = "".join(f"    {line}\n" for line in task.context["code"].split("\n"))
        names = {"tasker": tasker, "__file__": __file__}
        exec("def run(handler, task, sequence, step):\n" + lines, names)
        return names["run"](self, task, sequence, step)


class Fine(StepHandler):
    def process(self, task, sequence, step):
        return "fine"


class Doubled(StepHandler):
    def process(self, task, sequence, step):
        return 2 * task.context["number"]
