import { StepHandler } from "tasker";

export class Echo extends StepHandler {
  process(task) {
    return task.context.value;
  }
}

/** Takes the data apart and builds it anew of the language's own values. */
export class Rebuild extends StepHandler {
  process(task) {
    return rebuilt(task.context.value);
  }
}

function rebuilt(value) {
  if (Array.isArray(value)) return value.map(rebuilt);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rebuilt(item)]));
}

/** Every way in and every way out. */
export class Ways extends StepHandler {
  process(task, sequence, step) {
    const value = task.context.value;
    this.publish("value.crossed", { value });
    this.heartbeat(value);
    return [value, step.inputs.value, this.config.value, sequence.resultsOf("first"), this.checkpoint()];
  }

  processResults(step, output, initialResults) {
    return [...output, initialResults];
  }
}
