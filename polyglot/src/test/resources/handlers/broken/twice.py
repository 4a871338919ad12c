from tasker import StepHandler


class One(StepHandler):
    handler_name = "same"


class Two(StepHandler):
    handler_name = "same"
