import { StepHandler } from "tasker";
import { priced } from "./order.mjs";

export class Order extends StepHandler {
  process(task) {
    return priced(task.context);
  }
}

export class Echo extends StepHandler {
  process(task) {
    return task.context;
  }
}

/** Waits in the host until every context has come here. */
export class Meet extends StepHandler {
  process(task, sequence) {
    return sequence.resultsOf("all");
  }
}
