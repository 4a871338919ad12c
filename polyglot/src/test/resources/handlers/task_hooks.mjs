import { PermanentError, TaskHandler } from "tasker";

export class OrderHooks extends TaskHandler {
  schema() {
    return { type: "object", required: ["order_id"] };
  }

  establishStepDependenciesAndDefaults(task, steps) {
    for (const step of steps) {
      if (step.name === "charge") {
        if (task.context.vip) step.retry_limit = 5;
        step.inputs.currency = "EUR";
        step.depends_on.push("reserve");
      }
    }
  }

  updateAnnotations(task, sequence, steps) {
    const { cents } = sequence.resultsOf("charge");
    const total = { cents, state: task.context.state, steps: steps.map((step) => step.state) };
    return [{ type: "total", annotation: total }];
  }
}

export class FailingHooks extends TaskHandler {
  establishStepDependenciesAndDefaults() {
    throw new PermanentError("no such customer", { errorCode: "NO_CUSTOMER" });
  }
}

export class PlainHooks extends TaskHandler {}
