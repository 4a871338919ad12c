// Shows that JavaScript runs: gives back a part of what it was given.
import { StepHandler } from "tasker";

export class Trial extends StepHandler {
  process(task, sequence, step) {
    return {
      greeting: `Hello ${task.context.name}`,
      step: step.name,
      lines: sequence.resultsOf("start").lines,
    };
  }
}
