import * as tasker from "tasker";

/** Runs the code that the task brings: the body of a function. */
export class Runs extends tasker.StepHandler {
  process(task, sequence, step) {
    const code = task.context.code;
    return new Function("handler", "task", "sequence", "step", "tasker", code)(this, task, sequence, step, tasker);
  }
}

export class Fine extends tasker.StepHandler {
  process() {
    return "fine";
  }
}

export class Doubled extends tasker.StepHandler {
  process(task) {
    return 2 * task.context.number;
  }
}
