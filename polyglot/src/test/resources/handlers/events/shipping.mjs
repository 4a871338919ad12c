import { StepHandler, Subscriber } from "tasker";

export class Ship extends StepHandler {
  process(task) {
    const items = [1, 2.5, null, { deep: true }];
    this.publish("order.shipped", { by: "javascript", carrier: "post", items, order: task.context });
    this.publish("order.closed");
    return "done";
  }
}

export class Nan extends StepHandler {
  process() {
    this.publish("order.shipped", { items: [1, NaN] });
  }
}

export class NoMap extends StepHandler {
  process() {
    this.publish("order.shipped", [1]);
  }
}

export class Nul extends StepHandler {
  process() {
    this.publish("order.shipped", { text: "a\0b" });
  }
}

export class Reserved extends StepHandler {
  process() {
    try {
      this.publish("task.shipped");
    } catch (error) {
      return error.errorCode;
    }
  }
}

export class Audit extends Subscriber {
  async handle(event) {
    await new Promise((done) => setTimeout(done, 1));
    const seen = JSON.stringify([event.event_type, event.carrier, event.items.length, Number(event.task_id) > 0]);
    if (seen !== JSON.stringify(["order.shipped", this.config.carrier, 4, true])) throw new Error(`not ${seen}`);
    return () => {};
  }
}

export class Picky extends Subscriber {
  handle(event) {
    if (event.by === "javascript") throw new Error(`does not want ${event.by}`);
  }
}

export class Talks extends Subscriber {
  handle() {
    this.publish("order.heard");
  }
}
