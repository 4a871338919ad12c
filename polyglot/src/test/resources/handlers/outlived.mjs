import { StepHandler, TaskerError } from "tasker";

let kept = null;

export class Keeps extends StepHandler {
  process(task, sequence, step) {
    if (kept === null) {
      kept = { task, sequence, step, handler: this };
      return sequence.resultsOf("known").who;
    }
    const { handler } = kept;
    return {
      task: ended(() => kept.task.context.who),
      step: ended(() => kept.step.inputs.who),
      "known ancestor": ended(() => kept.sequence.resultsOf("known").who),
      "new ancestor": ended(() => kept.sequence.resultsOf("new").who),
      publish: ended(() => handler.publish("order.kept", {})),
      heartbeat: ended(() => handler.heartbeat()),
      checkpoint: ended(() => handler.checkpoint()),
      read_text: ended(() => handler.readText("greeting.txt")),
      own: task.context.who,
    };
  }
}

function ended(work) {
  try {
    return work();
  } catch (error) {
    return error instanceof TaskerError && error.message.includes("the attempt has ended") ? "ended" : String(error);
  }
}
