from order import priced
from tasker import StepHandler


class Order(StepHandler):
    def process(self, task, sequence, step):
        return priced(task.context)


class Echo(StepHandler):
    def process(self, task, sequence, step):
        return task.context


class Meet(StepHandler):
    """Waits in the host until every context has come here."""

    def process(self, task, sequence, step):
        return sequence.results_of("all")
