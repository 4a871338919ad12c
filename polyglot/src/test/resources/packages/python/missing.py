import absent_package
from tasker import StepHandler


class Missing(StepHandler):
    def process(self, task, sequence, step):
        return absent_package
