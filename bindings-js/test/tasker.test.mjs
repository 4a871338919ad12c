import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";

// By its own name, so that the exports map of the package is tested too.
import * as tasker from "tasker";
import { toCommonJs } from "../scripts/build-cjs.mjs";

const { PermanentError, RetryableError, Sequence, Step, StepHandler, Subscriber, Task, TaskHandler, TaskerError } = tasker;
const require = createRequire(import.meta.url);
const bind = Symbol.for("tasker.bind");
const handlerName = Symbol.for("tasker.handlerName");
const marker = Symbol.for("tasker.StepHandler");

describe("modules", () => {
  test("both module systems hand out the same classes", () => {
    const common = require("tasker");

    assert.deepEqual(Object.keys(common).sort(), Object.keys(tasker).sort());
    for (const name of Object.keys(common)) assert.equal(common[name], tasker[name], name);
  });

  test("the CommonJS file is the one made from the ES module", () => {
    const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

    assert.equal(read("tasker.cjs"), toCommonJs(read("tasker.mjs")));
  });

  test("the library imports nothing", () => {
    assert.doesNotMatch(readFileSync(new URL("../tasker.mjs", import.meta.url), "utf8"), /^import |import\(|require\(/m);
  });
});

describe("errors", () => {
  test("a retryable error carries delay and context", () => {
    const error = new RetryableError("busy", { retryAfter: 30, context: { gateway: "eu-1" } });

    assert.equal(error.message, "busy");
    assert.equal(error.name, "RetryableError");
    assert.deepEqual([error.retryAfter, error.retry_after], [30, 30]);
    assert.deepEqual(error.context, { gateway: "eu-1" });
    assert.ok(error instanceof TaskerError && error instanceof Error);
  });

  test("options may be written with underscores, and may be left out", () => {
    assert.equal(new RetryableError("busy", { retry_after: 0 }).retryAfter, 0);
    assert.equal(new PermanentError("no", { error_code: "NO" }).errorCode, "NO");
    assert.equal(new RetryableError("busy").retryAfter, null);
    assert.deepEqual(new PermanentError("no").context, {});
  });

  test("a cause is kept", () => {
    const cause = new Error("socket closed");

    assert.equal(new RetryableError("busy", { cause }).cause, cause);
    assert.equal("cause" in new RetryableError("busy"), false);
  });

  test("bad delays are refused", () => {
    for (const retryAfter of ["soon", NaN, Infinity, true, 5n]) {
      assert.throws(() => new RetryableError("busy", { retryAfter }), /retryAfter must be a number of seconds/);
    }
    assert.throws(() => new RetryableError("busy", { retryAfter: -1 }), {
      name: "RangeError",
      message: "retryAfter must not be negative: -1",
    });
  });

  test("bad codes, contexts and options are refused", () => {
    assert.throws(() => new PermanentError("no", { errorCode: 402 }), TypeError);
    assert.throws(() => new PermanentError("no", { context: "text" }), TypeError);
    assert.throws(() => new RetryableError("busy", { context: [1] }), TypeError);
    assert.throws(() => new RetryableError("busy", 30), TypeError);
  });
});

describe("views", () => {
  test("a task reads each property by index only", () => {
    const names = ["task_id", "namespace", "name", "version", "context", "initiator", "source_system", "reason", "tags"];
    names.push("correlation_id", "requested_at");
    const task = new Task(new Proxy({}, { get: (_, key) => `value of ${key}`, ownKeys: () => assert.fail("walked") }));

    for (const name of names) assert.equal(task[name], `value of ${name}`);
  });

  test("a step reads its properties, absent ones as null", () => {
    const step = new Step({ workflow_step_id: 7, name: "charge", attempts: 2, retry_limit: 3, config: { a: 1 } });

    assert.deepEqual([step.workflow_step_id, step.name, step.attempts, step.retry_limit], [7, "charge", 2, 3]);
    assert.deepEqual(step.config, { a: 1 });
    assert.equal(step.inputs, null);
  });

  test("views cannot be assigned", () => {
    for (const view of [new Task({}), new Step({}), new Sequence({}, () => null)]) {
      assert.throws(() => { view.name = "other"; }, TypeError);
    }
  });
});

describe("sequence", () => {
  const sequence = (steps, asked = []) =>
    new Sequence({ step_name: "create_order" }, (name) => {
      asked.push(name);
      return steps[name];
    });

  test("finds an ancestor in both spellings and asks for it once", () => {
    const asked = [];
    const found = sequence({ cart: { name: "cart", state: "complete", results: { total: 3 } } }, asked);

    assert.deepEqual(found.resultsOf("cart"), { total: 3 });
    assert.deepEqual(found.results_of("cart"), { total: 3 });
    assert.equal(found.findStepByName("cart").state, "complete");
    assert.equal(found.find_step_by_name("cart").name, "cart");
    assert.deepEqual(asked, ["cart"]);
  });

  test("results may be null", () => {
    assert.equal(sequence({ cart: { name: "cart", state: "skipped", results: null } }).resultsOf("cart"), null);
  });

  test("a step that is no ancestor is a permanent error", () => {
    assert.throws(() => sequence({}).resultsOf("ship"), (error) => {
      assert.ok(error instanceof PermanentError);
      assert.equal(error.errorCode, "STEP_NOT_AN_ANCESTOR");
      assert.match(error.message, /step "create_order" cannot read "ship".*depends_on_steps/);
      return true;
    });
  });
});

describe("step handler", () => {
  class Named extends StepHandler {
    static handlerName = "ecommerce.charge";
  }
  class Heir extends Named {}

  test("the base class is recognised by its symbol, on classes and instances", () => {
    assert.equal(Heir[marker], true);
    assert.equal(new Heir()[marker], true);
  });

  test("config is an empty object by default", () => {
    assert.deepEqual(new StepHandler().config, {});
    assert.deepEqual(new StepHandler(null).config, {});
    assert.deepEqual(new StepHandler({ a: 1 }).config, { a: 1 });
  });

  test("a handler without process fails for good and names its class", () => {
    assert.throws(() => new Named().process(), { errorCode: "PROCESS_MISSING", message: /Named must define process/ });
  });

  test("output is stored unless overridden", () => {
    assert.equal(new Named().processResults(null, 5, 4), 5);
  });

  test("a handler name is declared once and not inherited", () => {
    assert.equal(Named[handlerName](), "ecommerce.charge");
    assert.equal(Heir[handlerName](), null);
    assert.equal(StepHandler[handlerName](), null);
    assert.throws(() => (class extends StepHandler { static handlerName = ""; })[handlerName](), TypeError);
  });

  test("readText goes to the host", () => {
    const host = { readText: (relative) => `text of ${relative}` };

    assert.equal(new Named()[bind](host).readText("stock.csv"), "text of stock.csv");
  });

  test("readText without a host says what to do", () => {
    assert.throws(() => new Named().readText("stock.csv"), /not running in an engine.*tasker\.bind/);
  });

  test("publish goes to the host", () => {
    const got = [];
    const handler = new Named()[bind]({ publish: (...event) => got.push(event) });

    handler.publish("order.shipped", { carrier: "post" });
    handler.publish("order.closed");

    assert.deepEqual(got, [["order.shipped", { carrier: "post" }], ["order.closed", {}]]);
  });

  test("publish without a host says what to do", () => {
    assert.throws(() => new Named().publish("order.shipped"), /not running in an engine.*order\.shipped.*tasker\.bind/);
  });
});

describe("Subscriber", () => {
  class Audit extends Subscriber {
    handle(event) {
      this.seen = `${this.config.prefix} ${event.event_type}`;
      return () => {};
    }
  }

  test("is run as a step with the event as context", () => {
    const subscriber = new Audit({ prefix: "seen" });

    const output = subscriber.process(new Task({ context: { event_type: "task.completed" } }), null, null);

    assert.equal(subscriber.seen, "seen task.completed");
    assert.equal(subscriber.processResults(null, output, null), null);
  });

  test("without handle fails for good and names its class", () => {
    class Bare extends Subscriber {}

    assert.throws(() => new Bare().process(new Task({}), null, null), {
      errorCode: "HANDLE_MISSING",
      message: "Bare must define handle(event)",
    });
  });
});

describe("TaskHandler", () => {
  class Hooks extends TaskHandler {
    schema() {
      return { type: "object" };
    }

    establishStepDependenciesAndDefaults(task, steps) {
      steps.at(-1).retry_limit = task.context.limit;
      steps.at(-1).depends_on.push("first");
    }

    updateAnnotations(task, sequence, steps) {
      return [{ type: "total", annotation: sequence.resultsOf("first").n + steps.length }];
    }
  }

  const STEPS = ["first", "second"].map((name) =>
    Object.freeze({ name, depends_on: Object.freeze([]), retryable: true, retry_limit: 3, inputs: Object.freeze({}) }),
  );

  function call(handler, hook, given) {
    const task = new Task({ context: { task: { context: { limit: 7 } }, ...given } });
    return new handler().process(task, null, new Step({ name: hook }));
  }

  test("defaults do nothing", () => {
    assert.equal(call(TaskHandler, "schema", {}), null);
    assert.deepEqual(call(TaskHandler, "establish_step_dependencies_and_defaults", { steps: STEPS }), STEPS);
    assert.deepEqual(call(TaskHandler, "update_annotations", { steps: [] }), []);
  });

  test("the hook changes copies of the steps", () => {
    const steps = call(Hooks, "establish_step_dependencies_and_defaults", { steps: STEPS });

    assert.equal(steps.at(-1).retry_limit, 7);
    assert.deepEqual(steps.at(-1).depends_on, ["first"]);
    assert.equal(STEPS.at(-1).retry_limit, 3);
  });

  test("annotations see the results of every step", () => {
    const done = [
      { name: "first", state: "complete", attempts: 1, results: { n: 40 } },
      { name: "second", state: "error", attempts: 3, results: null },
    ];

    assert.deepEqual(call(Hooks, "update_annotations", { steps: done }), [{ type: "total", annotation: 42 }]);
  });

  test("an unknown hook fails for good", () => {
    assert.throws(() => call(Hooks, "later", {}), { errorCode: "HOOK_UNKNOWN" });
  });
});
