/*
 * The host's side of JavaScript handlers: calls them and flattens what they return.
 */
import { PermanentError, RetryableError, Sequence, Step, StepHandler, Task } from "tasker";

const [NULL, TRUE, FALSE, INT, BIG, FLOAT, TEXT, LIST, MAP, HOST] = Array(10).keys();
const DEPTH_MAX = 100;
const NODES_MAX = 1_000_000;
const CAUSES_MAX = 5;
const LINES_MAX = 50;
const STEP_HANDLER = Symbol.for("tasker.StepHandler");
const BIND = Symbol.for("tasker.bind");
const HANDLER_NAME = Symbol.for("tasker.handlerName");

const modules = new Map();

class Refusal {
  constructor(code, path, reason) {
    Object.assign(this, { code, path, reason });
  }
}

/** Keeps the exports of a loaded handler file. */
export function register(path, exports) {
  modules.set(path, exports);
  return answer("ok", null);
}

/** Finds the export that a handler key names. */
export function resolve(path, name) {
  try {
    return answer("ok", resolved(path, name));
  } catch (error) {
    return answer("error", describe(error));
  }
}

function resolved(path, name) {
  const found = candidates(path);
  const matching = found.filter(([exported, cls]) => keyOf(exported, cls) === name);
  const classes = new Set(matching.map(([, cls]) => cls));
  if (classes.size > 1) return { status: "duplicate", names: matching.map(([exported]) => `export ${exported}`) };
  if (classes.size === 1) return { status: "found" };
  const other = modules.get(path)[name];
  const isHandler = found.some(([, cls]) => cls === other);
  return {
    status: other === undefined || isHandler ? "missing" : "not_a_step_handler",
    names: found.map(([exported, cls]) => {
      const key = keyOf(exported, cls);
      return key === exported ? key : `${key} (export ${exported})`;
    }),
    what: typeof other,
  };
}

function candidates(path) {
  return Object.entries(modules.get(path)).filter(
    ([, value]) => typeof value === "function" && value !== StepHandler && value[STEP_HANDLER] === true,
  );
}

function keyOf(exported, cls) {
  return cls[HANDLER_NAME]() ?? exported;
}

/** One attempt: hands the flat answer to `done`, at once or when the handler's promise settles. */
export function run(path, name, config, readText, publish, task, lookup, step, previous, done) {
  timers.clear();
  const fail = (error) => done(failure(error));
  const store = (output) => {
    try {
      done(answer("ok", output));
    } catch (error) {
      fail(error);
    }
  };
  try {
    const [, cls] = candidates(path).find(([exported, value]) => keyOf(exported, value) === name);
    const handler = new cls(config);
    handler[BIND]({
      readText: (relative) => called(readText, String(relative)),
      publish: (event, payload) => void called(publish, String(event), flatPayload(String(event), payload)),
    });
    const stepView = new Step(step);
    const sequence = new Sequence({ step_name: step.name }, (wanted) => called(lookup, String(wanted)));
    const finish = (output) => {
      const kept = handler.processResults(stepView, output, previous);
      if (isThenable(kept)) kept.then(store, fail);
      else store(kept);
    };
    const output = handler.process(new Task(task), sequence, stepView);
    if (isThenable(output)) output.then(finish).then(undefined, fail);
    else finish(output);
  } catch (error) {
    fail(error);
  }
}

/** What is answered for a promise that nothing can settle any more. */
export function neverSettled() {
  return answer("error", {
    kind: "permanent",
    class: "PromiseNeverSettled",
    message: "the promise of the handler can never settle: no timer is set and nothing else is left to run",
    error_code: "PROMISE_NEVER_SETTLED",
    retry_after: null,
    context: {},
    cause: null,
    backtrace: [],
  });
}

function isThenable(value) {
  return value !== null && typeof value === "object" && typeof value.then === "function";
}

function flatPayload(event, payload) {
  const flat = ["payload"];
  try {
    add(flat, payload, "payload", 0, new Set());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new PermanentError(`event \`${event}\` cannot be published: ${error.path}: ${error.reason}`, {
      errorCode: "EVENT_INVALID",
      context: { event },
    });
  }
  return flat;
}

/** Calls the host; its errors come as values, so that handlers can catch them as their own. */
function called(host, ...values) {
  const [kind, value, errorCode, retryAfter, context] = host(...values);
  if (kind === "ok") return value;
  if (kind === "permanent") throw new PermanentError(value, { errorCode: errorCode || null, context });
  throw new RetryableError(value, { retryAfter: retryAfter < 0 ? null : retryAfter, context });
}

/* Timers. The host waits between two calls, so that a waiting handler can be cancelled. */

const timers = new Map();
let lastTimer = 0;

function addTimer(callback, delay, repeat, args) {
  if (typeof callback !== "function") throw new TypeError("a timer needs a function");
  const wait = Math.max(0, Number(delay) || 0);
  lastTimer += 1;
  timers.set(lastTimer, { due: Date.now() + wait, wait, repeat, run: () => callback(...args) });
  return lastTimer;
}

const globals = {
  setTimeout: (callback, delay, ...args) => addTimer(callback, delay, false, args),
  setInterval: (callback, delay, ...args) => addTimer(callback, delay, true, args),
  clearTimeout: (id) => void timers.delete(id),
  clearInterval: (id) => void timers.delete(id),
  queueMicrotask: (callback) => void Promise.resolve().then(callback),
};
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

/** Milliseconds until the next timer is due, or -1 if none is set. */
export function nextTimer() {
  let due = Infinity;
  for (const timer of timers.values()) due = Math.min(due, timer.due);
  return due === Infinity ? -1 : Math.max(0, due - Date.now());
}

/** Runs the timer that is due first, if one is. Its errors are dropped, as nobody awaits them. */
export function fireTimer() {
  let first = null;
  for (const [id, timer] of timers) if (first === null || timer.due < first[1].due) first = [id, timer];
  if (first === null || first[1].due > Date.now()) return;
  const [id, timer] = first;
  if (timer.repeat) timer.due = Date.now() + timer.wait;
  else timers.delete(id);
  try {
    timer.run();
  } catch {
    // As in a browser: the program goes on.
  }
}

/* Results. */

function answer(kind, value) {
  const flat = [kind];
  try {
    add(flat, value, "results", 0, new Set());
  } catch (error) {
    return failure(error);
  }
  return flat;
}

function failure(error) {
  if (error instanceof Refusal) {
    return answer("refused", { code: error.code, path: error.path, reason: error.reason });
  }
  return answer("error", describe(error));
}

/** Flattens a value into tags and scalars, so that the host reads one array. */
function add(flat, value, path, depth, open) {
  if (flat.length > NODES_MAX) {
    throw new Refusal("RESULT_TOO_LARGE", path, `the value has more than ${NODES_MAX} parts`);
  }
  switch (typeof value) {
    case "undefined":
      flat.push(NULL);
      break;
    case "boolean":
      flat.push(value ? TRUE : FALSE);
      break;
    case "string":
      flat.push(TEXT, value);
      break;
    case "number":
      addNumber(flat, value, path);
      break;
    case "bigint":
      flat.push(BIG, value.toString(16));
      break;
    case "object":
      if (value === null) flat.push(NULL);
      else addObject(flat, value, path, depth, open);
      break;
    default:
      throw new Refusal("RESULT_NOT_JSON", path, `a ${typeof value} cannot be stored`);
  }
}

function addNumber(flat, value, path) {
  if (!Number.isFinite(value)) throw new Refusal("RESULT_NOT_JSON", path, `${value} is no JSON number`);
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) flat.push(INT, value);
  else flat.push(FLOAT, value);
}

function addObject(flat, value, path, depth, open) {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new Refusal("RESULT_NOT_JSON", path, "an invalid Date cannot be stored");
    flat.push(TEXT, value.toISOString());
    return;
  }
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    add(flat, value.valueOf(), path, depth, open);
    return;
  }
  if (depth >= DEPTH_MAX) {
    throw new Refusal("RESULT_TOO_LARGE", path, `the value is nested deeper than ${DEPTH_MAX} levels`);
  }
  if (open.has(value)) throw new Refusal("RESULT_NOT_JSON", path, "the value contains itself");
  open.add(value);
  if (Array.isArray(value) || value instanceof Set) addList(flat, [...value], path, depth + 1, open);
  else addEntries(flat, entriesOf(value, path), path, depth + 1, open);
  open.delete(value);
}

function addList(flat, items, path, depth, open) {
  flat.push(LIST, items.length);
  items.forEach((item, index) => add(flat, item, `${path}[${index}]`, depth, open));
}

function addEntries(flat, entries, path, depth, open) {
  flat.push(MAP, entries.length);
  for (const [key, item] of entries) {
    flat.push(key);
    add(flat, item, `${path}.${key}`, depth, open);
  }
}

function entriesOf(value, path) {
  if (value instanceof Map) {
    for (const key of value.keys()) {
      if (typeof key !== "string") {
        throw new Refusal("RESULT_NOT_JSON", path, `the key ${String(key)} is a ${typeof key}; keys must be text`);
      }
    }
    return [...value];
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    throw new Refusal("RESULT_NOT_JSON", path, "bytes cannot be stored; turn them into text first (base64)");
  }
  const name = value.constructor?.name ?? "Object";
  if (name !== "Object") throw new Refusal("RESULT_NOT_JSON", path, `a value of class ${name} cannot be stored`);
  // As in JSON.stringify: what is undefined is left out.
  return Object.entries(value).filter(([, item]) => item !== undefined);
}

/* Errors. */

function describe(error, causesLeft = CAUSES_MAX) {
  if (!(error instanceof Error)) return describeThrown(error);
  const kind =
    error instanceof PermanentError ? "permanent" : error instanceof RetryableError ? "retryable" : "other";
  return {
    kind,
    class: nameOf(error),
    message: text(() => error.message) || nameOf(error),
    error_code: kind === "permanent" ? error.errorCode : null,
    retry_after: kind === "retryable" ? error.retryAfter : null,
    context: kind === "other" ? {} : storable(error.context),
    cause: error.cause != null && causesLeft > 0 ? describe(error.cause, causesLeft - 1) : null,
    backtrace: lines(error.stack),
  };
}

/** JavaScript throws anything. */
function describeThrown(value) {
  const shown = text(() => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value)));
  return {
    kind: "other",
    class: value === null ? "null" : typeof value,
    message: `the handler threw ${shown}`,
    error_code: null,
    retry_after: null,
    context: {},
    cause: null,
    backtrace: [],
  };
}

function nameOf(error) {
  return text(() => error.constructor.name) || text(() => error.name) || "Error";
}

function text(read) {
  try {
    return String(read());
  } catch {
    return "?";
  }
}

function storable(context) {
  try {
    add([], context ?? {}, "context", 0, new Set());
    return context ?? {};
  } catch (problem) {
    return { context_refused: problem instanceof Refusal ? `${problem.path}: ${problem.reason}` : text(() => problem) };
  }
}

function lines(stack) {
  return text(() => stack)
    .split("\n")
    .map((line) => /^\s+at (?:(.*) \()?(.*?):(\d+)(?::\d+)?\)?$/.exec(line))
    .filter((match) => match !== null && !match[2].includes("<tasker"))
    .slice(0, LINES_MAX)
    .map(([, name, file, line]) => `${file}:${line}:in ${name ?? "<module>"}`);
}
