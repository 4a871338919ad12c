"""Shows that Python runs: gives back a part of what it was given."""

from tasker import StepHandler


class Trial(StepHandler):
    def process(self, task, sequence, step):
        return {
            "greeting": f"Hello {task.context['name']}",
            "step": step.name,
            "lines": sequence.results_of("start")["lines"],
        }
