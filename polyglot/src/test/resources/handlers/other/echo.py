from tasker import StepHandler


class Echo(StepHandler):
    pass
