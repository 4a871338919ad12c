// The engine inside this process: the real library on a real database.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { lookup } from "node:dns/promises";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker as Thread } from "node:worker_threads";

import { ApiStepHandler, PermanentError, RetryableError, StepCancelled, StepHandler, Subscriber, TaskHandler, TaskerError, defineHandler, http } from "tasker";
import * as engineModule from "tasker/engine";
import { AT_ONCE, deferred, openEngine, skip, startReadme, startScript, template, unique, within } from "../testing/engines.mjs";

const { ClosedError, ConflictError, Engine, EngineError, InvalidError, NotFoundError, TimeoutError, UnavailableError } = engineModule;
const require = createRequire(import.meta.url);

describe("module", () => {
  test("both module systems hand out the same classes", () => {
    const common = require("tasker/engine");

    assert.deepEqual(Object.keys(common).sort(), Object.keys(engineModule).sort());
    for (const name of Object.keys(common)) assert.equal(common[name], engineModule[name], name);
  });

  test("the types have the names that the module has", () => {
    const types = readFileSync(new URL("../engine/engine.d.ts", import.meta.url), "utf8");
    const classes = [...types.matchAll(/^export class (\w+)/gm)].map(([, name]) => name);

    assert.deepEqual(classes.sort(), Object.keys(engineModule).sort());
  });

  test("importing it loads nothing native", async () => {
    const code = 'require("tasker/engine"); console.log(Object.keys(require.cache).filter((f) => f.includes("koffi")).length)';

    const { stdout } = await promisify(execFile)(process.execPath, ["-e", code], { cwd: new URL("..", import.meta.url) });

    assert.equal(stdout.trim(), "0");
  });

  test("a runtime folder that is not there is told with its origin", async () => {
    const script = startScript("open.mjs", [], { TASKER_RUNTIME: "/nowhere", OPTIONS: "{}" });

    assert.match(await within(30_000, script.line("StartError")), /RUNTIME_NOT_FOUND .*\/nowhere \(TASKER_RUNTIME\).*tasker runtime DIR/);
  });

  test("the statuses of the library are errors of their kinds", () => {
    const { errorOf } = require("../engine/errors.cjs");
    const text = '{"code":"X","message":"no","details":{"a":1}}';
    const named = { 2: "Closed", "-1": "Invalid", "-2": "Closed", "-3": "Invalid", "-4": "Invalid", "-5": "Start", "-6": "Forked" };
    Object.assign(named, { "-7": "Start", "-8": "Internal", "-9": "Unavailable", "-11": "Start" });

    for (const [status, name] of Object.entries(named)) {
      const error = errorOf(Number(status), text);
      assert.deepEqual([error.name, error.code, error.message, error.details], [`${name}Error`, "X", "no", { a: 1 }]);
      assert.ok(error instanceof EngineError && error instanceof TaskerError);
    }
    assert.equal(errorOf(-9, "").message, "the library answered -9");
  });

  test("every code of the engine has the kind that it has there", (t) => {
    const source = new URL("../../core/src/main/java/dev/tasker/error/ErrorCode.java", import.meta.url);
    if (!existsSync(source)) return t.skip("the sources of the engine are not here");
    const { errorFor } = require("../engine/errors.cjs");
    const kinds = { NOT_FOUND: "NotFoundError", CONFLICT: "ConflictError", UNAVAILABLE: "UnavailableError" };
    const codes = [...readFileSync(source, "utf8").matchAll(/^ {4}([A-Z_]+)\(Kind\.([A-Z_]+)\)/gm)];

    assert.ok(codes.length > 50);
    for (const [, code, kind] of codes) {
      if (kind === "STEP") continue;
      const expected = kinds[kind] ?? (kind === "INTERNAL" ? "InternalError" : "InvalidError");
      assert.equal(errorFor({ code, message: "no" }).constructor.name, expected, code);
    }
  });
});

describe("engine", { skip }, () => {
  let engine;

  before(async () => {
    engine = await openEngine();
    await engine.worker().start();
  });

  after(() => engine?.close(2_000));

  /** Registers a template with one step for a handler, runs a task of it, and gives task and step. */
  async function runStep(handler, { context = {}, ...options } = {}) {
    const name = unique("one");
    const named = defineNamed(unique("Handler"), handler);
    await engine.registerHandlers(named);
    await engine.registerTemplate(template(name, [["work", named.handlerName, { ...AT_ONCE, ...options }]]));
    const { task_id } = await engine.createTask(name, context);
    await engine.wait(task_id, { timeoutMs: 20_000 });
    const task = await engine.task(task_id);
    return { task, step: task.steps[0] };
  }

  function defineNamed(name, handler) {
    if (handler[Symbol.for("tasker.StepHandler")]) {
      handler.handlerName = name;
      return handler;
    }
    return defineHandler({ name }, handler);
  }

  /** The stored error of a step. */
  const errorOf = (step) => step.results?.error ?? step.error ?? step.last_error;

  test("hooks of a template run when a task is made", async () => {
    const [Hooks, Inputs, name] = ["Hooks", "Inputs", "hooked"].map(unique);
    await engine.registerHandlers({
      [Hooks]: class extends TaskHandler {
        schema() {
          return { type: "object", required: ["a"] };
        }

        establishStepDependenciesAndDefaults(task, [first]) {
          first.inputs = { twice: task.context.a * 2 };
        }
      },
      [Inputs]: defineHandler((task, sequence, step) => step.inputs.twice),
    });
    const hooks = `task_handler: { runtime: javascript, handler_class: ${Hooks} }\n`;
    await engine.registerTemplate(template(name, [["only", Inputs]], hooks));

    const { task_id } = await engine.createTask(name, { a: 4 });

    assert.equal(await engine.wait(task_id, { timeoutMs: 20_000 }), "complete");
    assert.equal((await engine.task(task_id)).steps[0].results, 8);
    await assert.rejects(engine.createTask(name, { b: 1 }), InvalidError);
  });

  test("subscribers take the events that they ask for until they are ended", async () => {
    const [Done, name] = ["Done", "seen"].map(unique);
    const events = [];
    const ended = [deferred(), deferred()];
    class Seen extends Subscriber {
      static handlerName = unique("Seen");

      async handle(event) {
        events.push([this.config.as, event.event_type, event.task_id]);
        if (events.filter(([as]) => as === "failing").length === 4) ended[0].resolve();
        if (events.filter(([as]) => as === "one").length === 2) ended[1].resolve();
        if (this.config.fails) throw new Error("not mine");
      }
    }
    await engine.registerHandlers({ [Done]: defineHandler(() => "done") });
    await engine.registerTemplate(template(name, [["only", Done]]));

    const one = await engine.subscribe(Seen, { events: "task.completed", template: name, config: { as: "one" } });
    const failing = await engine.subscribe(Seen, {
      events: ["step.completed", "task.completed"],
      name: unique("failing"),
      template: name,
      config: { as: "failing", fails: true },
    });
    const tasks = [await engine.createTask(name), await engine.createTask(name)].map(({ task_id }) => task_id);
    await within(20_000, Promise.all(ended.map(({ promise }) => promise)), "the events");

    const of = (as) => events.filter((event) => event[0] === as);
    assert.deepEqual(of("one").map(([, type, task]) => [type, task]).sort(), tasks.map((task) => ["task.completed", task]));
    assert.deepEqual(of("failing").map(([, type]) => type).sort(), ["step.completed", "step.completed", "task.completed", "task.completed"]);
    assert.equal(await engine.unsubscribe(one), true);
    assert.equal(await engine.unsubscribe(one), false);
    assert.equal(await engine.unsubscribe(failing), true);
    for (const [cls, options] of [[Seen, {}], [StepHandler, { events: "*" }], [Seen, { events: "order.shipped", durable: true }]]) {
      await assert.rejects(engine.subscribe(cls, options), { name: "InvalidError", code: "SUBSCRIPTION_INVALID" });
    }
  });

  test("runs a task whose steps are classes and functions, with parents and far ancestors", async () => {
    const [Add, Double, Sum, name] = ["Add", "Double", "Sum", "sums"].map(unique);
    const handlers = {
      [Add]: class extends StepHandler {
        process(task) {
          return task.context.a + task.context.b;
        }
      },
      [Double]: defineHandler({ retryLimit: 5 }, async (task, sequence) => {
        await delay(1);
        return { value: 2 * sequence.resultsOf("add") };
      }),
      [Sum]: class extends StepHandler {
        process(task, sequence) {
          return { sum: sequence.resultsOf("add") + sequence.resultsOf("double").value, state: sequence.findStepByName("add").state };
        }

        processResults(step, output) {
          return { ...output, step: step.name, config: this.config };
        }
      },
    };

    assert.deepEqual(await engine.registerHandlers(handlers), [Add, Double, Sum].map((each) => `javascript:${each}`));
    const registered = await engine.registerTemplate(
      template(name, [
        ["add", Add],
        ["double", Double, { depends_on_step: "add" }],
        ["sum", Sum, { depends_on_step: "double", handler_config: { unit: "cm" } }],
      ]),
    );
    assert.equal(registered.outcome, "registered");
    const created = await engine.createTask(name, { a: 1, b: 2 }, { initiator: "ann", tags: ["t"] });

    assert.equal(await engine.wait(created, { timeoutMs: 10_000 }), "complete");
    const task = await engine.task(created);
    const results = Object.fromEntries(task.steps.map((step) => [step.name, step.results]));
    assert.deepEqual(results, {
      add: 3,
      double: { value: 6 },
      sum: { sum: 9, state: "complete", step: "sum", config: { unit: "cm" } },
    });
    assert.equal(task.steps.find((step) => step.name === "double").retry_limit, 5);
    assert.ok(task.transitions.length > 0);
    assert.equal((await engine.task(created, { transitions: false })).transitions, undefined);
  });

  test("what a handler is given is read-only", async () => {
    const { step } = await runStep((task) => {
      try {
        task.context.list.push(1);
      } catch (error) {
        return error.constructor.name;
      }
    }, { context: { list: [] } });

    assert.equal(step.results, "TypeError");
  });

  describe("errors of calls", () => {
    test("what makes no sense is invalid", async () => {
      await assert.rejects(engine.createTask("no such name!"), InvalidError);
      await assert.rejects(engine.registerTemplate("name: a\nnope: 1\n"), { name: "InvalidError", code: /TEMPLATE/ });
      await assert.rejects(engine.task("seven"), { name: "InvalidError", message: "seven is no id of a task" });
      await assert.rejects(Engine.open({ database: "x" }), { name: "InvalidError", code: "OPTION_INVALID" });
      await assert.rejects(engine.registerHandlers(class Plain {}), { code: "HANDLER_NOT_A_STEP_HANDLER" });
      await assert.rejects(engine.registerHandlers(defineHandler(() => {})), { code: "HANDLER_DECLARATION_INVALID" });
      await assert.rejects(engine.createTask("a", { list: [1, NaN] }), {
        code: "INPUT_NOT_JSON",
        message: "request.context.list[1]: NaN is no JSON number",
      });
    });

    test("what is not there is not found", async () => {
      await assert.rejects(engine.task(999_999_999), { name: "NotFoundError", code: "TASK_NOT_FOUND" });
      await assert.rejects(engine.createTask("gone"), NotFoundError);
      await assert.rejects(engine.why(999_999_999), { code: "STEP_NOT_FOUND" });
      await assert.rejects(engine.runTask(999_999_999), { name: "NotFoundError", code: "TASK_NOT_FOUND" });
    });

    test("what is there already, or in another state, is a conflict", async () => {
      const { task } = await runStep(() => 1);
      const request = { idempotency_key: unique("key") };
      const name = `${task.namespace}.${task.name}`;
      const { task_id } = await engine.createTask(name, {}, request);

      await assert.rejects(engine.createTask(name, {}, request), (error) => {
        assert.ok(error instanceof ConflictError && error instanceof EngineError);
        assert.equal(error.code, "TASK_DUPLICATE");
        assert.equal(Number(error.details.task_id), task_id);
        return true;
      });
      assert.deepEqual(await engine.createTask(name, {}, { ...request, duplicates: "skip" }), { task_id, created: false });
      await assert.rejects(engine.pause(task), { name: "ConflictError", code: "TASK_STATE_CONFLICT" });
    });

    test("a database that is away is unavailable", async () => {
      const settings = { "database.connect_timeout": "1s", "database.pool_wait_timeout": "1s" };

      await assert.rejects(openEngine({ databaseUrl: "postgresql://nobody@127.0.0.1:1/x", settings }), UnavailableError);
    });

    test("a wait that takes too long says where the task stands", async () => {
      const name = unique("slow");
      await engine.registerTemplate(template(name, [["work", unique("Nobody")]]));
      const task = await engine.createTask(name);

      await assert.rejects(engine.wait(task, { timeoutMs: 50 }), (error) => {
        assert.ok(error instanceof TimeoutError);
        assert.match(error.message, /is pending after 50 ms/);
        return true;
      });
      const reasons = await engine.why({ ...task, step: "work" });
      assert.ok(reasons.length > 0 && reasons.every((reason) => reason.explanation), JSON.stringify(reasons));
    });
  });

  test("operators act on tasks and steps", async () => {
    const name = unique("acts");
    const names = ["first", "second", "third"];
    await engine.registerTemplate(template(name, names.map((each) => [each, unique("Nobody"), { skippable: true }])));
    const task = await engine.createTask(name, {}, { draft: true });
    const state = async () => (await engine.task(task)).state;

    await engine.launch(task);
    await engine.pause(task, { operator: "ann", reason: "lunch" });
    assert.equal(await state(), "paused");
    await engine.resume(task);
    await engine.completeStep({ ...task, step: "first" }, { by: "hand" });
    await engine.skipStep({ ...task, step: "second" });
    const [change] = await engine.cancelStep({ ...task, step: "third" });
    assert.deepEqual([change.step, change.to_state], ["third", "cancelled"]);
    const { steps, transitions } = await engine.task(task);

    const first = steps.find((step) => step.name === "first");
    assert.deepEqual([first.state, first.results], ["resolved_manually", { by: "hand" }]);
    assert.match(JSON.stringify(transitions), /ann.*lunch|lunch.*ann/);

    const other = await engine.createTask(name);
    await engine.cancel(other);
    assert.equal((await engine.task(other)).state, "cancelled");

    const { task: failed } = await runStep(() => {
      throw new PermanentError("no");
    });
    await engine.retryStep({ ...failed, step: "work" }, { resetAttempts: true });
    assert.equal(await engine.wait(failed, { timeoutMs: 10_000 }), "error");
    await engine.resolve(failed);
    assert.equal((await engine.task(failed)).state, "resolved_manually");
  });

  describe("outcomes", () => {
    test("a permanent error ends the step, with code, context, cause and backtrace", async () => {
      const { task, step } = await runStep(() => {
        throw new PermanentError("declined", { errorCode: "DECLINED", context: { by: "bank" }, cause: new RangeError("limit") });
      });

      const error = errorOf(step);
      assert.equal(task.state, "error");
      assert.equal(step.attempts, 1);
      assert.deepEqual([error.class, error.message, error.error_code, error.retryable], ["PermanentError", "declined", "DECLINED", false]);
      assert.deepEqual(error.context, { by: "bank" });
      assert.equal(error.cause.class, "RangeError");
      assert.match(error.backtrace[0], /engine\.test\.mjs:\d+:in /);
    });

    test("a retryable error waits for its delay", async () => {
      const at = [];
      const { task, step } = await runStep(() => {
        at.push(Date.now());
        if (at.length === 1) throw new RetryableError("busy", { retryAfter: 0.4 });
        return "done";
      });

      assert.deepEqual([task.state, step.attempts, step.results], ["complete", 2, "done"]);
      assert.ok(at[1] - at[0] >= 390, `${at[1] - at[0]} ms`);
    });

    test("anything may be thrown", async () => {
      const hostile = new Proxy({}, { get: () => assert.fail("read"), getPrototypeOf: () => assert.fail("asked") });
      const bad = new Error("x");
      Object.defineProperty(bad, "message", { get: () => assert.fail("read") });
      const thrown = [null, undefined, 7, "text", Symbol("s"), { a: 1 }, () => 1, 10n, hostile, bad, new AggregateError([new Error("one"), 2], "all")];
      const odd = async (value) => {
        const { step } = await runStep(() => Promise.reject(value), { default_retry_limit: 1 });
        return errorOf(step);
      };

      const errors = await Promise.all(thrown.map(odd));

      assert.deepEqual(errors.slice(0, 8).map((error) => error.class), ["null", "undefined", "number", "string", "symbol", "object", "function", "bigint"]);
      assert.equal(errors[3].message, "the handler threw text");
      assert.ok(errors.every((error) => error.message), JSON.stringify(errors));
      assert.equal(errors.at(-1).message, "all (Error: one; 2)");
    });

    test("what is not JSON-like is refused with its path", async () => {
      class Money {}
      const circle = {};
      circle.self = circle;
      let deep = 1;
      for (let level = 0; level < 200; level++) deep = [deep];
      const cases = [
        [{ list: [1, { f: () => 1 }] }, "RESULT_NOT_JSON", "the result cannot be stored: results.list[1].f: a function cannot be stored"],
        [{ n: Infinity }, "RESULT_NOT_JSON", "the result cannot be stored: results.n: Infinity is no JSON number"],
        [[new Money()], "RESULT_NOT_JSON", "the result cannot be stored: results[0]: a value of class Money cannot be stored"],
        [circle, "RESULT_NOT_JSON", "the result cannot be stored: results.self: the value contains itself"],
        [Buffer.from("x"), "RESULT_NOT_JSON", /bytes cannot be stored/],
        [new Map([[1, 2]]), "RESULT_NOT_JSON", /keys must be text/],
        [deep, "RESULT_TOO_LARGE", /nested deeper than 100 levels/],
        ["x".repeat(5 * 1024 * 1024), "RESULT_TOO_LARGE", /./],
        ["x".repeat(65 * 1024 * 1024), "RESULT_TOO_LARGE", /more than \d+ bytes/],
      ];

      for (const [value, code, message] of cases) {
        const { step } = await runStep(() => value);
        const error = errorOf(step);
        assert.deepEqual([error.error_code, error.retryable, step.attempts], [code, false, 1], JSON.stringify(error).slice(0, 300));
        if (typeof message === "string") assert.equal(error.message, message);
        else assert.match(error.message, message);
      }
    });

    test("what JSON has in other forms is stored", async () => {
      const { step } = await runStep(() => ({
        at: new Date(0),
        set: new Set([1]),
        map: new Map([["a", 1n]]),
        none: undefined,
        text: "ü\u2028😀",
        tiny: 1e-7,
        big: 12345678901234567890n,
      }));

      assert.deepEqual(
        { ...step.results, big: undefined },
        { at: "1970-01-01T00:00:00.000Z", set: [1], map: { a: 1 }, text: "ü\u2028😀", tiny: 1e-7, big: undefined },
      );
    });

    test("half a character is no reason to lose a step", async () => {
      const { step } = await runStep(() => "\ud800", { default_retry_limit: 1 });

      assert.ok(["complete", "error"].includes(step.state), step.state);
    });

    test("deep recursion fails the step, and nothing else", async () => {
      const dive = (depth) => dive(depth + 1) + 1;
      const { step } = await runStep(() => dive(0), { default_retry_limit: 1 });

      assert.equal(errorOf(step).class, "RangeError");
    });

    test("a handler may use the engine itself", async () => {
      const name = unique("inner");
      const Inner = unique("Inner");
      await engine.registerHandlers(defineHandler({ name: Inner }, () => "inner"));
      await engine.registerTemplate(template(name, [["work", Inner]]));
      const { step } = await runStep(async () => {
        const inner = await engine.createTask(name);
        return engine.wait(inner, { timeoutMs: 10_000 });
      });

      assert.equal(step.results, "complete");
    });

    test("a step that is no ancestor cannot be read", async () => {
      const { step } = await runStep((task, sequence) => sequence.resultsOf("other"));

      assert.equal(errorOf(step).error_code, "STEP_NOT_AN_ANCESTOR");
    });
  });

  describe("the host", () => {
    test("checkpoints are there in the next attempt", async () => {
      const { step } = await runStep((task, sequence, step, handler) => {
        if (step.attempts === 1) {
          assert.equal(handler.checkpoint(), null);
          handler.heartbeat({ page: 7 });
          handler.heartbeat();
          throw new Error("again");
        }
        return handler.checkpoint();
      });

      assert.deepEqual([step.attempts, step.results], [2, { page: 7 }]);
    });

    test("a checkpoint that cannot be stored is refused", async () => {
      const { step } = await runStep((task, sequence, step, handler) => handler.heartbeat({ at: [NaN] }));

      const error = errorOf(step);
      assert.equal(error.error_code, "CHECKPOINT_INVALID");
      assert.match(error.message, /checkpoint\.at\[0\]: NaN is no JSON number/);
      assert.deepEqual(error.context, { path: "checkpoint.at[0]" });
    });

    test("a cancelled task stops its handler at the next heartbeat", async () => {
      const [started, stopped] = [deferred(), deferred()];
      const name = unique("cancel");
      const Beats = unique("Beats");
      const handler = defineHandler({ name: Beats }, async (task, sequence, step, handler) => {
        try {
          assert.equal(handler.isCancelled(), false);
          while (true) {
            handler.heartbeat();
            started.resolve();
            await delay(5);
          }
        } catch (error) {
          stopped.resolve([error, handler.isCancelled()]);
          throw error;
        }
      });
      await engine.registerHandlers(handler);
      await engine.registerTemplate(template(name, [["work", Beats]]));
      const task = await engine.createTask(name);
      await within(10_000, started.promise, "the start");

      await engine.cancel(task, { reason: "enough" });

      const [error, isCancelled] = await within(10_000, stopped.promise, "the stop");
      assert.ok(error instanceof StepCancelled, String(error));
      assert.equal(isCancelled, true);
      assert.equal((await engine.task(task)).state, "cancelled");
    });

    test("after its timeout a step fails, and its handler can do nothing in its name any more", async () => {
      const late = deferred();
      const { step } = await runStep(
        async (task, sequence, step, handler) => {
          await delay(1_500);
          try {
            handler.heartbeat();
            late.resolve("beat");
          } catch (error) {
            late.resolve(error.constructor.name);
          }
        },
        { timeout_seconds: 1, default_retry_limit: 1 },
      );

      assert.equal(errorOf(step).error_code, "STEP_TIMEOUT");
      assert.match(await within(5_000, late.promise), /StepCancelled|TaskerError/);
    });

    test("logs, publishes and reads files", async () => {
      const folder = mkdtempSync(path.join(tmpdir(), "tasker-js-"));
      mkdirSync(path.join(folder, "data"));
      writeFileSync(path.join(folder, "data", "stock.csv"), "a;1\n");
      const name = unique("files");
      const Reads = unique("Reads");
      await engine.registerHandlers(
        defineHandler({ name: Reads, customEvents: ["stock.read"] }, (task, sequence, step, handler) => {
          handler.logger.info("reads", { a: 1, odd: () => 1, error: new Error("x"), n: NaN });
          handler.logger.warn("no fields");
          handler.publish("stock.read", { lines: 1 });
          assert.throws(() => handler.publish("stock.read", { f: () => 1 }), { errorCode: "EVENT_INVALID" });
          assert.throws(() => handler.readText("../secret"), { errorCode: "DATA_FILE_UNAVAILABLE" });
          return handler.readText("stock.csv");
        }),
      );
      const file = path.join(folder, "files.yaml");
      writeFileSync(file, template(name, [["read", Reads, { custom_events: [{ name: "stock.read" }] }]]));
      await engine.registerTemplate(file);
      const task = await engine.createTask(name);

      await engine.wait(task, { timeoutMs: 10_000 });
      assert.equal((await engine.task(task)).steps[0].results, "a;1\n", JSON.stringify((await engine.task(task)).steps[0]));
    });

    test("calls HTTP servers, each attempt with its own client", async () => {
      const server = createServer((request, response) => {
        const isOk = request.url.startsWith("/ok");
        response.writeHead(isOk ? 200 : 404, { "content-type": "application/json" });
        request.on("data", () => {});
        request.on("end", () => setTimeout(() => response.end(`{"url":"${request.url}"}`), 20));
      });
      await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
      const url = `http://127.0.0.1:${server.address().port}`;
      try {
        const plain = (path) => runStep(async (task, sequence, step, handler) => {
          const [one, other] = await Promise.all([handler.http.get(`${url}${path}`), http.post(`${url}/ok`, { json: { a: 1 } })]);
          return [one.status, one.json().url, other.status];
        });
        const api = (path) => runStep(
          class extends ApiStepHandler {
            call() {
              return this.client.get(`${url}${path}`);
            }
          },
          { default_retry_limit: 1 },
        );

        const [ok, missing, called, failed] = await Promise.all([plain("/ok?a"), plain("/gone"), api("/ok"), api("/gone")]);

        assert.deepEqual(ok.step.results, [200, "/ok?a", 200]);
        assert.deepEqual(missing.step.results, [404, "/gone", 200]);
        assert.equal(called.step.results?.status, 200, JSON.stringify(called.step));
        assert.deepEqual([failed.step.state, errorOf(failed.step).retryable], ["error", false]);
      } finally {
        server.close();
      }
    });

    describe("while an HTTP server has not answered", () => {
      let server;
      let url;
      let asked;

      before(async () => {
        asked = deferred();
        server = createServer((request, response) => asked.resolve(response));
        await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
        url = `http://127.0.0.1:${server.address().port}`;
      });

      beforeEach(() => (asked = deferred()));

      after(() => {
        server.closeAllConnections();
        server.close();
      });

      test("the handler does other things", async () => {
        const { step } = await runStep(async (task, sequence, step, handler) => {
          const answer = handler.http.get(url, { timeout: 3 });
          const response = await asked.promise;
          handler.logger.info("waits");
          handler.heartbeat({ asked: true });
          response.end();
          return (await answer).status;
        }, { default_retry_limit: 1 });

        assert.equal(step.results, 200, JSON.stringify(step.error));
      });

      test("forty handlers that wait for it hold no thread", async () => {
        assert.equal(process.env.UV_THREADPOOL_SIZE, undefined, "the pool of Node has its four threads");
        const [handlers, responses, all] = [40, [], deferred()];
        const slow = createServer((request, response) => {
          if (responses.push(response) === handlers) all.resolve();
        });
        await new Promise((listening) => slow.listen(0, "127.0.0.1", listening));
        const slowUrl = `http://127.0.0.1:${slow.address().port}`;
        const own = await openEngine({ slots: handlers });
        try {
          const [name, Asks] = ["asks", "Asks"].map(unique);
          await own.registerHandlers(
            defineHandler({ name: Asks }, async (task, sequence, step, handler) => {
              return (await handler.http.get(`${slowUrl}/${task.context.n}`, { timeout: 60 })).text;
            }),
          );
          await own.registerTemplate(template(name, [["work", Asks]]));
          await own.worker().start();
          const tasks = await Promise.all(Array.from({ length: handlers }, (_, n) => own.createTask(name, { n })));
          await within(20_000, all.promise, "forty calls at once");

          await within(5_000, own.createTask(name, {}, { draft: true }), "createTask");
          await within(5_000, readFile(new URL(import.meta.url)), "readFile");
          await within(5_000, lookup("localhost"), "lookup");
          for (const response of responses) response.end(response.req.url);

          await within(20_000, Promise.all(tasks.map((task) => own.wait(task))), "the tasks");
          const stored = await Promise.all(tasks.map((task) => own.task(task)));
          assert.deepEqual(stored.map(({ steps: [step] }) => step.results), tasks.map((_, n) => `/${n}`));
        } finally {
          slow.closeAllConnections();
          slow.close();
          await own.close(1_000);
        }
      });

      test("calls of one handler go out one by one, in their order", async () => {
        const urls = [];
        const { step } = await runStep(async (task, sequence, step, handler) => {
          const answers = ["first", "second", "third"].map((name) => handler.http.get(`${url}/${name}`, { timeout: 5 }));
          for (const _ of answers) {
            const response = await asked.promise;
            urls.push(response.req.url);
            asked = deferred();
            response.end(response.req.url);
          }
          return (await Promise.all(answers)).map(({ text }) => text);
        }, { default_retry_limit: 1 });

        assert.deepEqual(urls, ["/first", "/second", "/third"]);
        assert.deepEqual(step.results, urls, JSON.stringify(step.error));
      });

      test("a response that came before is judged at once", async () => {
        const { step } = await runStep(
          class extends ApiStepHandler {
            async call() {
              const first = this.client.get(`${url}/first`);
              this.second = this.client.get(`${url}/second`);
              const response = await asked.promise;
              asked = deferred();
              response.end();
              return first;
            }

            async results(step, response, initialResults) {
              const { status } = super.results(step, response, initialResults);
              (await asked.promise).end();
              return [status, (await this.second).status];
            }
          },
          { handler_config: { url }, default_retry_limit: 1 },
        );

        assert.deepEqual(step.results, [200, 200], JSON.stringify(step.error));
      });

      test("an error that nobody waits for does not end the process", async () => {
        const [name, Asks] = ["asks", "Asks"].map(unique);
        await engine.registerHandlers(
          defineHandler({ name: Asks }, async (task, sequence, step, handler) => {
            handler.http.get("http://127.0.0.1:1/");
            return handler.http.get("http://127.0.0.1:1/").then(() => "an answer", () => "no answer");
          }),
        );
        await engine.registerTemplate(template(name, [["work", Asks]]));
        const task = await engine.createTask(name);

        assert.equal(await engine.wait(task, { timeoutMs: 20_000 }), "complete");
        assert.equal((await engine.task(task)).steps[0].results, "no answer");
      });

      test("the call ends with a cancelled attempt", async () => {
        const ended = deferred();
        const [name, Asks] = ["asks", "Asks"].map(unique);
        await engine.registerHandlers(
          defineHandler({ name: Asks }, async (task, sequence, step, handler) => {
            await handler.http.get(url).catch(ended.resolve);
          }),
        );
        await engine.registerTemplate(template(name, [["work", Asks]]));
        const task = await engine.createTask(name);
        await within(10_000, asked.promise);

        await engine.cancel(task);

        assert.ok((await within(10_000, ended.promise, "the call")) instanceof StepCancelled);
      });

      test("its answer comes also while the engine closes", async () => {
        const closing = deferred();
        const [name, Asks] = ["asks", "Asks"].map(unique);
        const own = await openEngine();
        await own.registerHandlers(
          defineHandler({ name: Asks }, async (task, sequence, step, handler) => {
            const answers = [handler.http.get(url), handler.http.get(url)];
            const response = await asked.promise;
            asked = deferred();
            await closing.promise;
            response.end("first");
            (await asked.promise).end("second");
            const [first, second] = await Promise.all(answers);
            asked = deferred();
            const third = handler.http.get(url);
            (await asked.promise).end("third");
            return [first.text, second.text, (await third).text];
          }),
        );
        await own.registerTemplate(template(name, [["work", Asks]]));
        await own.worker().start();
        const task = await own.createTask(name);
        await within(10_000, asked.promise);

        const closed = own.close(20_000);
        closing.resolve();
        await within(20_000, closed, "the closing");

        assert.deepEqual((await engine.task(task)).steps[0].results, ["first", "second", "third"]);
      });

      test("the call ends with an engine that closes", async () => {
        const ended = deferred();
        const [name, Asks] = ["asks", "Asks"].map(unique);
        const own = await openEngine();
        await own.registerHandlers(
          defineHandler({ name: Asks }, async (task, sequence, step, handler) => {
            await handler.http.get(url).catch(ended.resolve);
          }),
        );
        await own.registerTemplate(template(name, [["work", Asks]]));
        await own.worker().start();
        const task = await own.createTask(name);
        await within(10_000, asked.promise);

        await own.close(100);

        assert.ok((await within(10_000, ended.promise, "the call")) instanceof TaskerError);
        assert.equal((await engine.task(task)).steps[0].attempts, 0);
      });
    });
  });

  test("runs a thousand tasks, no more at once than it has slots", async () => {
    const name = unique("many");
    const Counts = unique("Counts");
    let running = 0;
    let most = 0;
    await engine.registerHandlers(
      defineHandler({ name: Counts }, async (task) => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        return task.context.n;
      }),
    );
    await engine.registerTemplate(template(name, [["work", Counts]]));

    const tasks = await Promise.all(Array.from({ length: 1_000 }, (_, n) => engine.createTask(name, { n })));
    await within(60_000, Promise.all(tasks.map((task) => engine.wait(task))), "a thousand tasks");

    assert.ok(most > 1 && most <= 10, `${most} at once`);
    const last = await engine.task(tasks.at(-1));
    assert.equal(last.steps[0].results, 999);
  });

  test("survives collections of garbage while it works", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc");
    const timer = setInterval(collect, 2);
    try {
      const runs = Array.from({ length: 20 }, (_, n) =>
        runStep((task, sequence, step, handler) => {
          collect();
          handler.heartbeat({ n, text: "x".repeat(10_000) });
          return { n, back: handler.checkpoint().text.length };
        }),
      );
      const all = await Promise.all(runs);
      assert.deepEqual(all.map(({ step }) => step.results), all.map((_, n) => ({ n, back: 10_000 })));
    } finally {
      clearInterval(timer);
    }
  });

  test("the ends of child processes still come", async () => {
    const results = await Promise.all(
      Array.from({ length: 5 }, () => within(10_000, promisify(execFile)(process.execPath, ["-e", "process.exit(0)"]))),
    );

    assert.equal(results.length, 5);
  });

  test("a worker thread opens an engine of its own", async () => {
    const thread = new Thread(new URL("../testing/thread.mjs", import.meta.url), { workerData: { name: unique("thread") } });
    const messages = [];
    thread.on("message", (message) => messages.push(message));
    const failed = new Promise((_, reject) => thread.on("error", reject));

    await within(30_000, Promise.race([failed, new Promise((end) => thread.on("exit", end))]), "the thread");

    assert.deepEqual(messages, [{ state: "complete", results: "from a thread" }]);
  });

  describe("closing", () => {
    test("lets a running handler finish", async () => {
      const own = await openEngine();
      const [name, Slow, started] = [unique("finish"), unique("Slow"), deferred()];
      await own.registerHandlers(
        defineHandler({ name: Slow }, async () => {
          started.resolve();
          await delay(300);
          return "finished";
        }),
      );
      await own.registerTemplate(template(name, [["work", Slow]]));
      await own.worker().start();
      const task = await own.createTask(name);
      await within(10_000, started.promise);

      await within(10_000, own.close(5_000));

      assert.equal((await engine.task(task)).steps[0].results, "finished");
    });

    test("gives back what does not finish, and takes no late outcome", async () => {
      const own = await openEngine();
      const [name, Hangs, started, end] = [unique("hang"), unique("Hangs"), deferred(), deferred()];
      await own.registerHandlers(
        defineHandler({ name: Hangs }, async () => {
          started.resolve();
          await end.promise;
          return "late";
        }),
      );
      await own.registerTemplate(template(name, [["work", Hangs]]));
      const worker = await own.worker().start();
      const task = await own.createTask(name);
      await within(10_000, started.promise);

      await within(20_000, worker.stop(100));
      end.resolve();
      await delay(20);

      const [step] = (await engine.task(task)).steps;
      assert.deepEqual([step.state, step.attempts, step.results], ["pending", 0, null]);
    });

    test("calls after it are refused, and a second one waits for the first", async () => {
      const own = await openEngine();

      await Promise.all([own.close(), own.close()]);
      await own.close();

      assert.equal(own.isClosed, true);
      await assert.rejects(own.createTask("a"), ClosedError);
      await assert.rejects(own.task(1), ClosedError);
      await assert.rejects(own.worker().start(), ClosedError);
      await assert.rejects(own.runTask(1), ClosedError);
    });

    test("opens and closes again and again", async () => {
      for (let turn = 0; turn < 10; turn++) {
        const own = await openEngine({ migrate: false });
        await own.worker().start();
        await own.close(100);
      }
    });
  });
});

describe("process", { skip }, () => {
  test("another worker takes over from one that was killed", async () => {
    const [name, Kills] = [unique("kill"), unique("Kills")];
    const script = startScript("hanging-worker.mjs", [name, Kills]);
    const { task_id } = JSON.parse(await within(30_000, script.line("{")));
    await within(30_000, script.line("running"));
    const own = await openEngine();
    try {
      await own.registerHandlers(defineHandler({ name: Kills }, (task, sequence, step) => `attempt ${step.attempts}`));
      await own.worker().start();
      const killed = Date.now();
      script.child.kill("SIGKILL");

      assert.equal(await own.wait(task_id, { timeoutMs: 15_000 }), "complete");

      const took = Date.now() - killed;
      assert.equal((await own.task(task_id)).steps[0].results, "attempt 2");
      assert.ok(took < 4_000, `lease 2 s, taken over after ${took} ms`);
    } finally {
      await own.close(1_000);
    }
  });

  test("the program of the README runs a task", async () => {
    const script = startReadme("worker.mjs");

    await within(30_000, script.line("complete"));
    assert.deepEqual(await within(30_000, script.exited), [0, null]);
  });

  test("signals belong to the program, and a stop ends it", async () => {
    const script = startScript("stopping-worker.mjs");
    await within(30_000, script.line("started"));

    for (const signal of ["SIGUSR2", "SIGHUP", "SIGTERM"]) {
      script.child.kill(signal);
      await within(10_000, script.line(signal), signal);
    }

    const [code] = await within(20_000, script.exited);
    assert.equal(code, 0, script.output.join("\n"));
  });

  test("a child made by child_process.fork opens an engine of its own", async () => {
    const script = startScript("forking.mjs");

    await within(30_000, script.line("child opened"));
    assert.equal(await within(30_000, script.line("parent saw")), "parent saw 0");
  });
});
