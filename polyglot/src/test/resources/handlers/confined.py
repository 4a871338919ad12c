from tasker import StepHandler


class Evaluates(StepHandler):
    def process(self, task, sequence, step):
        return eval(task.context["code"])
