from tasker import StepHandler, TaskerError

kept = {}


class Keeps(StepHandler):
    def process(self, task, sequence, step):
        if not kept:
            kept.update(task=task, sequence=sequence, step=step, handler=self)
            return sequence.results_of("known")["who"]
        handler = kept["handler"]
        return {
            "task": ended(lambda: kept["task"].context["who"]),
            "step": ended(lambda: kept["step"].inputs["who"]),
            "known ancestor": ended(lambda: kept["sequence"].results_of("known")["who"]),
            "new ancestor": ended(lambda: kept["sequence"].results_of("new")["who"]),
            "publish": ended(lambda: handler.publish("order.kept", {})),
            "heartbeat": ended(lambda: handler.heartbeat()),
            "checkpoint": ended(lambda: handler.checkpoint()),
            "read_text": ended(lambda: handler.read_text("greeting.txt")),
            "own": task.context["who"],
        }


def ended(work):
    try:
        return work()
    except TaskerError as error:
        return "ended" if "the attempt has ended" in str(error) else str(error)
