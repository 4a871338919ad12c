"use strict";
// Runs handlers: one call per attempt, as the Tasker process does it.

const { AsyncLocalStorage } = require("node:async_hooks");
const { Sequence, Step, Task, http } = require("../tasker.cjs");
const { describe, describeRefusal, attempted } = require("./description.cjs");
const { classes } = require("./errors.cjs");
const { Host } = require("./host.cjs");
const { Refusal, frozen, toJson, writeJson } = require("./json.cjs");

const BIND = Symbol.for("tasker.bind");

/** The host of the attempt that the running code belongs to, also after an `await`. */
const hosts = new AsyncLocalStorage();

/**
 * Runs an attempt to its end, whatever the handler does.
 *
 * @param engine has `callNow` and `ask`
 * @return the outcome as JSON
 */
async function run(engine, handler, item) {
  http[BIND](() => hosts.getStore() ?? null);
  const host = new Host(engine, item.work_id);
  try {
    const kept = await hosts.run(host, () => processed(host, handler, frozen(item)));
    return `{"results":${toJson(kept, "results")}}`;
  } catch (error) {
    return failure(error);
  } finally {
    host.end();
  }
}

async function processed(host, Handler, item) {
  const { step: stepData, parents, previous_results: previous } = item;
  const handler = new Handler(stepData.config);
  handler[BIND](host);
  const step = new Step(stepData);
  const lookup = (name) => (Object.hasOwn(parents, name) ? parents[name] : host.lookup(name));
  const sequence = new Sequence({ step_name: stepData.name }, lookup);
  const output = await handler.process(new Task(item.task), sequence, step);
  return handler.processResults(step, output, previous);
}

function failure(error) {
  const description = Refusal.is(error) ? describeRefusal(error) : describe(error);
  return writeJson({ error: description });
}

/** The outcome of an attempt whose own one was refused. */
function refused(error) {
  const reason = error instanceof classes.EngineError ? error.message : attempted(() => String(error)) ?? "?";
  return failure(new Refusal("RESULT_NOT_JSON", "results", reason));
}

module.exports = { failure, refused, run };
