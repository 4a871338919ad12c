from tasker import StepHandler


class Broken(StepHandler):
    def process(self, task sequence):
        pass
