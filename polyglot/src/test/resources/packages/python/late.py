from tasker import StepHandler


class Late(StepHandler):
    def process(self, task, sequence, step):
        import absent_package

        return absent_package
