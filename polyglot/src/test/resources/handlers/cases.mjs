import { PermanentError, RetryableError, StepHandler } from "tasker";
import { answer } from "./shared_numbers.mjs";

export class Echo extends StepHandler {
  process(task) {
    return { context: task.context, first: task.context.list[0], copy: { ...task.context.map } };
  }
}

export class Views extends StepHandler {
  process(task, sequence, step) {
    return {
      task: [task.task_id, task.namespace, task.name, task.version, task.initiator, task.source_system,
        task.reason, [...task.tags], task.correlation_id, task.requested_at],
      step: [step.workflow_step_id, step.name, step.attempts, step.retry_limit, { ...step.inputs }],
      config: this.config.limit,
    };
  }
}

export class Idioms extends StepHandler {
  process({ context }, sequence) {
    const found = sequence.findStepByName("first");
    return {
      has: "list" in context,
      lacks: "absent" in context,
      missing: context.absent ?? "default",
      null: context.null === null,
      sum: context.list.reduce((sum, value) => sum + value, 0),
      keys: Object.keys(context.map).sort(),
      pairs: Object.entries(context.map).map(([key, value]) => key + value),
      length: context.list.length,
      spread: { ...context.map, more: 1 },
      text: context.text.toUpperCase(),
      ancestor: [found.name, found.state, sequence.resultsOf("first").total],
      shared: answer(),
    };
  }
}

export class Numbers extends StepHandler {
  process(task) {
    const huge = task.context.huge;
    return [1, 2.5, 2n ** 70n, -(2n ** 63n), 2n ** 63n - 1n, 0.1, huge, huge + 1n];
  }
}

export class Mapped extends StepHandler {
  process() {
    return [new Date(Date.UTC(2026, 0, 2, 3, 4, 5)), new Map([["a", 1]]), new Set([7]), undefined, { gone: undefined }];
  }
}

export class Retryable extends StepHandler {
  process() {
    throw new RetryableError("gateway busy", { retryAfter: 1.5, context: { gateway: "eu-1", none: null } });
  }
}

export class Permanent extends StepHandler {
  process() {
    try {
      null.key;
    } catch (cause) {
      throw new PermanentError("cart is empty", { errorCode: "EMPTY_CART", context: { cart: 7 }, cause });
    }
  }
}

export class Other extends StepHandler {
  process() {
    return this.deeper();
  }

  deeper() {
    throw new RangeError("bad value");
  }
}

export class Async extends StepHandler {
  async process() {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { value: await Promise.resolve(42) };
  }
}

export class AsyncRejects extends StepHandler {
  async process() {
    await null;
    throw new TypeError("rejected");
  }
}

export class NeverSettles extends StepHandler {
  process() {
    return new Promise(() => {});
  }
}

export class Throws extends StepHandler {
  process(task) {
    throw { text: "oops", object: { code: 7 }, nothing: undefined }[task.context.what];
  }
}

export class Waits extends StepHandler {
  async process(task, sequence) {
    sequence.resultsOf("first");
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  }
}

export class Kept extends StepHandler {
  process() {
    return { new: 1 };
  }

  processResults(step, output, initialResults) {
    return { output, before: initialResults, step: step.name };
  }
}

export class Reads extends StepHandler {
  process() {
    return this.readText("greeting.txt");
  }
}

export class ReadsOutside extends StepHandler {
  process() {
    return this.readText("../cases.mjs");
  }
}

export class RescuesRead extends StepHandler {
  process() {
    try {
      return this.readText("absent.txt");
    } catch (error) {
      return error instanceof PermanentError ? error.errorCode : "other";
    }
  }
}

export class NoAncestor extends StepHandler {
  process(task, sequence) {
    return sequence.resultsOf("elsewhere");
  }
}

export class Named extends StepHandler {
  static handlerName = "orders.named";

  process() {
    return "named";
  }
}

export class RefusedNaN extends StepHandler {
  process() {
    return { items: [1, { price: NaN }] };
  }
}

export class RefusedFunction extends StepHandler {
  process() {
    return { call: () => 1 };
  }
}

export class RefusedCycle extends StepHandler {
  process() {
    const value = { child: {} };
    value.child.parent = value;
    return value;
  }
}

export class RefusedObject extends StepHandler {
  process() {
    return { handler: this };
  }
}

export class RefusedKey extends StepHandler {
  process() {
    return { byId: new Map([[7, "x"]]) };
  }
}

export class RefusedBytes extends StepHandler {
  process() {
    return { data: new Uint8Array(3) };
  }
}

export class RefusedDepth extends StepHandler {
  process() {
    let value = [];
    for (let i = 0; i < 150; i++) value = [value];
    return value;
  }
}

export class RefusedNul extends StepHandler {
  process() {
    return { text: "a\0b" };
  }
}

export class Recursion extends StepHandler {
  process(task, sequence, step) {
    return this.process(task, sequence, step) + 1;
  }
}

export class Endless extends StepHandler {
  process(task, sequence) {
    sequence.resultsOf("first");
    for (;;);
  }
}

export class Stubborn extends StepHandler {
  process(task, sequence) {
    sequence.resultsOf("first");
    for (;;) {
      try {
        for (;;);
      } catch {
        // goes on
      }
    }
  }
}

export class Meets extends StepHandler {
  process(task, sequence) {
    return sequence.resultsOf("first");
  }
}

export class Confined extends StepHandler {
  process() {
    return [typeof Java, typeof load, typeof Polyglot, typeof process, typeof require];
  }
}

export class ImportsOutside extends StepHandler {
  async process() {
    await import("/etc/passwd");
  }
}

export class NotAHandler {}
