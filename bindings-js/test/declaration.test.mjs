// What handlers declare of themselves, and handlers made of functions.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Sequence, Step, StepHandler, Task, defineHandler } from "tasker";

const declaration = Symbol.for("tasker.declaration");
const handlerName = Symbol.for("tasker.handlerName");
const marker = Symbol.for("tasker.StepHandler");

const SCHEMA = { type: "object", required: ["order_id"] };

class Charge extends StepHandler {
  static handlerName = "shop.charge";
  static description = "Charges the customer's card";
  static retryable = false;
  static retryLimit = 5;
  static backoff = { strategy: "fixed", baseSeconds: 2, capSeconds: 60, jitter: 0.5 };
  static timeoutSeconds = 30;
  static concurrency = 2;
  static inputsSchema = SCHEMA;
  static resultSchema = SCHEMA;
  static customEvents = ["order.charged"];
}

describe("declaration", () => {
  test("has all that is declared, under the engine's names", () => {
    assert.deepEqual(Charge[declaration](), {
      name: "shop.charge",
      description: "Charges the customer's card",
      retryable: false,
      retry_limit: 5,
      backoff: { strategy: "fixed", base_seconds: 2, cap_seconds: 60, jitter: 0.5 },
      timeout_seconds: 30,
      concurrency: 2,
      inputs_schema: SCHEMA,
      result_schema: SCHEMA,
      custom_events: ["order.charged"],
    });
  });

  test("is empty where nothing is declared, and leaves null out", () => {
    class Plain extends StepHandler {
      static retryLimit = null;
    }

    assert.deepEqual(StepHandler[declaration](), {});
    assert.deepEqual(Plain[declaration](), {});
  });

  test("is inherited but for name and description, and can be changed", () => {
    class Refund extends Charge {
      static retryLimit = 1;
      static customEvents = null;
    }

    const { name, description, retry_limit, concurrency, custom_events } = Refund[declaration]();

    assert.deepEqual([name, description, retry_limit, concurrency, custom_events], [undefined, undefined, 1, 2, undefined]);
  });

  test("takes the backoff's keys with underscores too", () => {
    class Slow extends StepHandler {
      static backoff = { base_seconds: 2, multiplier: 3 };
    }

    assert.deepEqual(Slow[declaration]().backoff, { base_seconds: 2, multiplier: 3 });
  });

  test("is not checked here", () => {
    class Odd extends StepHandler {
      static handlerName = 7;
      static retryLimit = "many";
      static backoff = "fixed";
    }

    assert.deepEqual(Odd[declaration](), { name: 7, retry_limit: "many", backoff: "fixed" });
  });
});

describe("defineHandler", () => {
  test("makes a step handler that calls the function with everything", async () => {
    const double = defineHandler({ name: "math.double" }, async (task, sequence, step, handler) => [
      task.context.n * sequence.resultsOf("factor"),
      step.name,
      handler.config,
    ]);
    const sequence = new Sequence({}, () => ({ results: 2 }));

    const handler = new double({ a: 1 });

    assert.ok(handler instanceof StepHandler && double[marker]);
    assert.equal(double.prototype.process.length, 3);
    assert.deepEqual(await handler.process(new Task({ context: { n: 21 } }), sequence, new Step({ name: "double" })), [
      42,
      "double",
      { a: 1 },
    ]);
  });

  test("declares what the options say", () => {
    const made = defineHandler({ name: "shop.charge", retryLimit: 5, backoff: { baseSeconds: 1 } }, () => {});

    assert.equal(made[handlerName](), "shop.charge");
    assert.deepEqual(made[declaration](), { name: "shop.charge", retry_limit: 5, backoff: { base_seconds: 1 } });
  });

  test("needs no options, and then has the name of its export", () => {
    const made = defineHandler(function charge() {});

    assert.equal(made[handlerName](), null);
    assert.deepEqual(made[declaration](), {});
    assert.equal(made.name, "charge");
  });

  test("the class is named after the function, else after the handler", () => {
    assert.equal(defineHandler({ name: "shop.charge" }, () => {}).name, "shop.charge");
    assert.equal(defineHandler(() => {}).name, "handler");
  });

  test("each call makes a class of its own", () => {
    const work = () => {};

    assert.notEqual(defineHandler(work), defineHandler(work));
  });

  test("mistakes are told at once", () => {
    assert.throws(() => defineHandler({ name: "a" }), /needs a function .*, not \[object Object\]/);
    assert.throws(() => defineHandler(() => {}, { name: "a" }), /needs a function/);
    assert.throws(() => defineHandler("a", () => {}), /options of defineHandler must be an object, not a/);
    assert.throws(() => defineHandler({ retrylimit: 5 }, () => {}), /no option retrylimit; it has name, description/);
    assert.throws(() => defineHandler((a, b, c, d, e) => e), /takes 5 arguments; it gets task, sequence, step and/);
  });
});
