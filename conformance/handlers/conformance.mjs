// Does what the script of a conformance case says; ../README.md has the form of scripts.

import { PermanentError, RetryableError, StepCancelled, StepHandler } from "tasker";

export class Conformance extends StepHandler {
  process(task, sequence, step) {
    return valueOf(this.config.process, { handler: this, task, sequence, step });
  }

  processResults(step, output, initialResults) {
    if (!("process_results" in this.config)) return super.processResults(step, output, initialResults);
    return valueOf(this.config.process_results, { handler: this, step, output, initialResults });
  }
}

export class Asynchronous extends Conformance {
  async process(task, sequence, step) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return super.process(task, sequence, step);
  }

  async processResults(step, output, initialResults) {
    await null;
    return super.processResults(step, output, initialResults);
  }
}

export class Declares extends Conformance {
  static handlerName = "conformance.declares";
  static description = "Declares all that can be declared.";
  static retryable = false;
  static retryLimit = 4;
  static backoff = { strategy: "fixed", baseSeconds: 2 };
  static timeoutSeconds = 30;
  static concurrency = 2;
  static inputsSchema = { type: "object", required: ["total"] };
  static resultSchema = { type: "integer" };
  static customEvents = ["order.shipped"];
}

/** Defines no process. */
export class Silent extends StepHandler {}

function valueOf(script, given) {
  if (Array.isArray(script)) {
    const [operation, ...rest] = script;
    return operations[operation](given, ...rest);
  }
  if (typeof script !== "object" || script === null) return script;
  return Object.fromEntries(Object.entries(script).map(([key, each]) => [key, valueOf(each, given)]));
}

const operations = {
  value: (_, value) => value,
  do: (given, ...scripts) => scripts.map((script) => valueOf(script, given)).at(-1),
  list: (given, ...scripts) => scripts.map((script) => valueOf(script, given)),

  attempt: (given, ...scripts) => valueOf(scripts[Math.min(given.step.attempts, scripts.length) - 1], given),

  // What the handler is given.
  context: ({ task }, ...path) => below(task.context, path),
  config: ({ handler }, ...path) => below(handler.config, path),
  inputs: ({ step }, ...path) => below(step.inputs, path),
  task: ({ task }, field) => task[field],
  step: ({ step }, field) => step[field],
  results_of: ({ sequence }, name, ...path) => below(sequence.resultsOf(name), path),
  find({ sequence }, name) {
    const found = sequence.findStepByName(name);
    return [found.name, found.state, found.results];
  },
  output: ({ output }) => output,
  initial_results: ({ initialResults }) => initialResults,

  // Reading data the way of the language.
  copy(given, script) {
    const value = valueOf(script, given);
    return Array.isArray(value) ? [...value] : { ...value };
  },
  length(given, script) {
    const value = valueOf(script, given);
    if (typeof value === "string") return [...value].length;
    return Array.isArray(value) ? value.length : Object.keys(value).length;
  },
  has: (given, script, key) => key in valueOf(script, given),
  keys: (given, script) => Object.keys(valueOf(script, given)),
  reversed(given, script) {
    const items = [];
    for (const item of valueOf(script, given)) items.unshift(item);
    return items;
  },
  sum: (given, ...scripts) => scripts.map((script) => valueOf(script, given)).reduce((sum, each) => sum + each),
  joined: (given, ...scripts) => scripts.map((script) => valueOf(script, given)).join(""),
  kind: (given, script) => kindOf(valueOf(script, given)),
  through_json: (given, script) => JSON.parse(JSON.stringify(valueOf(script, given))),
  set(given, script, key, value) {
    valueOf(script, given)[key] = value;
  },

  // Errors.
  raise(_, message) {
    throw new Error(message);
  },
  raise_oddly() {
    throw "odd";
  },
  retryable(given, message, options = {}) {
    throw new RetryableError(message, valueOf(options, given));
  },
  permanent(given, message, options = {}) {
    throw new PermanentError(message, valueOf(options, given));
  },
  permanent_after(_, message, causeMessage) {
    throw new PermanentError(message, { cause: new Error(causeMessage) });
  },
  rescue(given, script) {
    try {
      return valueOf(script, given);
    } catch (error) {
      if (error instanceof PermanentError) return ["permanent", error.errorCode, error.context];
      if (error instanceof RetryableError) return ["retryable", error.retryAfter, error.context];
      return error instanceof StepCancelled ? ["cancelled"] : ["other"];
    }
  },

  // What a handler may do beside.
  publish: (given, name, ...payload) => given.handler.publish(name, ...payload.map((each) => valueOf(each, given))),
  log: (given, level, message, fields = {}) => given.handler.logger[level](message, valueOf(fields, given)),
  heartbeat: (given, ...checkpoint) => given.handler.heartbeat(...checkpoint.map((each) => valueOf(each, given))),
  checkpoint: ({ handler }) => handler.checkpoint(),
  is_cancelled: ({ handler }) => handler.isCancelled(),
  until_cancelled({ handler }) {
    const deadline = Date.now() + 20_000;
    while (!handler.isCancelled()) if (Date.now() > deadline) throw new Error("nobody has cancelled the attempt");
  },
  read_text: ({ handler }, path) => handler.readText(path),

  // Values that JSON does not know.
  make: (_, what, size) => made[what](size),
};

const made = {
  nan: () => NaN,
  infinity: () => -Infinity,
  nul_text: () => "a\0b",
  half_character: () => "a\ud83c",
  bytes: () => new Uint8Array([255, 0]),
  function: () => () => 1,
  object: () => new (class Made {})(),
  number_key: () => new Map([[7, "x"]]),
  cycle() {
    const value = { child: {} };
    value.child.parent = value;
    return value;
  },
  nested(size) {
    let value = 1;
    for (let level = 0; level < size; level++) value = [value];
    return value;
  },
  wide: (size) => [...Array(size).keys()],
  long_text: (size) => "x".repeat(size),
  power_of_two: (size) => 2n ** BigInt(size),
  half: () => 0.5,
  moment: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
  set: () => new Set([7]),
};

function below(value, path) {
  return path.reduce((found, key) => found[key], value);
}

function kindOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "float";
  return { bigint: "integer", boolean: "boolean", string: "text", object: "map" }[typeof value] ?? typeof value;
}
