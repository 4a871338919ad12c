/*
 * The host's side of JavaScript handlers: calls them and flattens what they return.
 */
import {
  ApiStepHandler,
  PermanentError,
  RetryableError,
  Sequence,
  Step,
  StepCancelled,
  StepHandler,
  Subscriber,
  Task,
  TaskHandler,
  TaskerError,
  http,
} from "tasker";

const [NULL, TRUE, FALSE, INT, BIG, FLOAT, TEXT, LIST, MAP] = Array(9).keys();
const DEPTH_MAX = 100;
const NODES_MAX = 1_000_000;
/** For what is part of another answer: an error has a context, and so has each of its causes. */
const FLAT_MAX = 100_000;
const CAUSES_MAX = 5;
const PARTS_MAX = 10;
const PART_LINES_MAX = 5;
const LINES_MAX = 50;
const STACK_CHARS_MAX = 100_000;
const SHOWN_CHARS_MAX = 10_000;
const PROCESS_ARGUMENTS_MAX = 3;
const STEP_HANDLER = Symbol.for("tasker.StepHandler");
const BIND = Symbol.for("tasker.bind");
const HANDLER_NAME = Symbol.for("tasker.handlerName");
const DECLARATION = Symbol.for("tasker.declaration");
const BASES = new Set([ApiStepHandler, StepHandler, Subscriber, TaskHandler]);

/** The loaded files by path: the exports of each, and the handlers that were asked for. */
const files = new Map();

class Refusal {
  #isRefusal = true;

  constructor(code, path, reason) {
    Object.assign(this, { code, path, reason });
  }

  /** Unlike `instanceof` it runs no code of a proxy that a handler has thrown. */
  static is(error) {
    return typeof error === "object" && error !== null && #isRefusal in error;
  }
}

/** Keeps the exports of a loaded handler file. */
export function register(path, exports) {
  files.set(path, { exports, classes: new Map() });
  return answer("ok", null);
}

/** Finds the export that a handler key names. */
export function resolve(path, name) {
  return looked(() => resolved(path, name));
}

/** All handlers of a loaded file. */
export function list(path) {
  return looked(() =>
    handlers(path).map(({ key, cls }) => ({
      key,
      class: text(() => cls.name),
      declaration: declarationOf(key, cls),
    })),
  );
}

function looked(look) {
  try {
    return answer("ok", look());
  } catch (error) {
    return answer("error", describe(error));
  }
}

function resolved(path, name) {
  const found = handlers(path);
  const matching = found.filter(({ key }) => key === name);
  const classes = new Set(matching.map(({ cls }) => cls));
  if (classes.size > 1) return { status: "duplicate", names: matching.map(({ exported }) => `export ${exported}`) };
  if (classes.size === 1) {
    const [cls] = classes;
    const process = cls.prototype.process;
    return typeof process === "function" && process.length > PROCESS_ARGUMENTS_MAX
      ? { status: "wrong_arity", what: signatureOf(process) }
      : { status: "found", declaration: declarationOf(name, cls) };
  }
  const other = files.get(path).exports[name];
  const isHandler = found.some(({ cls }) => cls === other);
  return {
    status: other === undefined || isHandler ? "missing" : "not_a_step_handler",
    names: found.map(({ key, exported }) => (key === exported ? key : `${key} (export ${exported})`)),
    what: typeof other,
  };
}

/** The handlers that a file exports; a class with a name of its own once, under whatever names it is exported. */
function handlers(path) {
  const found = new Map();
  for (const [exported, cls] of Object.entries(files.get(path).exports)) {
    if (typeof cls !== "function" || BASES.has(cls) || cls[STEP_HANDLER] !== true) continue;
    const key = cls[HANDLER_NAME]() ?? exported;
    const keys = found.get(cls) ?? found.set(cls, new Map()).get(cls);
    if (!keys.has(key)) keys.set(key, { key, exported, cls });
  }
  return [...found.values()].flatMap((keys) => [...keys.values()]);
}

/** What a class declares, already flat: its getters are the handler's code, and run once. */
function declarationOf(key, cls) {
  try {
    return flatOf(cls[DECLARATION](), "declaration");
  } catch (error) {
    if (!Refusal.is(error)) throw error;
    throw new TaskerError(`handler ${key} declares what cannot be stored: ${error.path}: ${error.reason}`);
  }
}

/** The head of a function's text, such as `process(task, sequence, step, more)`. */
function signatureOf(method) {
  const source = text(() => Function.prototype.toString.call(method));
  const start = source.indexOf("(");
  let depth = 0;
  for (let end = start; end >= 0 && end < source.length; end++) {
    if ("([{".includes(source[end])) depth++;
    else if (")]}".includes(source[end]) && --depth === 0) {
      const shown = `process${source.slice(start, end + 1)}`.replace(/\s+/g, " ");
      if (shown.length <= 200) return shown;
      break;
    }
  }
  return `process with ${method.length} arguments`;
}

function handlerClass(path, name) {
  const { classes } = files.get(path);
  let cls = classes.get(name);
  if (cls === undefined) {
    cls = handlers(path).find(({ key }) => key === name)?.cls;
    if (cls === undefined) throw new TaskerError(`handler ${name} is not in ${path}`);
    classes.set(name, cls);
  }
  return cls;
}

/** The host of the attempt that runs. */
let running = null;

/** One attempt: hands the flat answer to `done`, at once or when the handler's promise settles. */
export function run(path, name, config, call, task, step, previous, done) {
  timers.clear();
  // One whose promise never settled may be settled by the code of another.
  running?.end();
  const host = new Host(call);
  running = host;
  http[BIND](host);
  let flat;
  try {
    const handler = new (handlerClass(path, name))(config);
    handler[BIND](host);
    const stepView = new Step(step);
    const sequence = new Sequence({ step_name: step.name }, (wanted) => host.lookup(wanted));
    const output = handler.process(new Task(task), sequence, stepView);
    const kept = isThenable(output)
      ? processedLater(handler, stepView, output, previous)
      : handler.processResults(stepView, output, previous);
    if (isThenable(kept)) {
      finishLater(host, kept, done);
      return;
    }
    flat = answer("ok", kept);
  } catch (error) {
    flat = failure(error);
  }
  finish(host, flat, done);
}

// `await`, and no call of `then`: whatever a handler's own thenable does, it settles once.

async function processedLater(handler, step, output, previous) {
  return handler.processResults(step, await output, previous);
}

async function finishLater(host, kept, done) {
  let flat;
  try {
    flat = answer("ok", await kept);
  } catch (error) {
    flat = failure(error);
  }
  finish(host, flat, done);
}

function finish(host, flat, done) {
  host.end();
  if (running === host) {
    running = null;
    http[BIND](null);
  }
  done(flat);
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
  const type = typeof value;
  return ((type === "object" && value !== null) || type === "function") && typeof value.then === "function";
}

/* The host. Its errors come as values, so that handlers can catch them as their own. */

class Host {
  #call;

  constructor(call) {
    this.#call = call;
  }

  /** Code of an attempt that is over, left behind in a timer or a promise, must not act for it any more. */
  end() {
    this.#call = ended;
  }

  readText(relative) {
    return taken(this.#call("read_text", String(relative)));
  }

  lookup(step) {
    return taken(this.#call("lookup", String(step)));
  }

  publish(name, payload) {
    const event = String(name);
    taken(this.#call("publish", event, flatPayload(event, payload)));
  }

  /** Whatever the fields are, they give a line. */
  log(level, message, fields) {
    this.#call("log", level, message, flatFields(fields));
  }

  heartbeat(checkpoint) {
    const flat = checkpoint === undefined ? null : flatFor("checkpoint", checkpoint, "CHECKPOINT_INVALID");
    taken(this.#call("heartbeat", flat));
  }

  checkpoint() {
    return taken(this.#call("checkpoint"));
  }

  isCancelled() {
    return taken(this.#call("is_cancelled"));
  }

  http(request) {
    return taken(this.#call("http", flatFor("request", request, "HTTP_REQUEST_INVALID")));
  }

  apiSend(method, url, json) {
    const flat = json === undefined ? null : flatFor("json", json, "HTTP_REQUEST_INVALID");
    return taken(this.#call("api_send", method, url, flat));
  }

  apiCheck(index) {
    taken(this.#call("api_check", index));
  }

  apiResults(index) {
    return taken(this.#call("api_results", index));
  }
}

function ended() {
  throw new TaskerError("the attempt has ended; nothing can be done in its name any more");
}

/** The value of the host's answer `[kind, value, error_code, retry_after, context]`. */
function taken(answered) {
  const kind = answered[0];
  const value = answered[1];
  if (kind === "ok") return value;
  if (kind === "cancelled") throw new StepCancelled(value);
  if (kind === "ended") throw new TaskerError(value);
  const context = answered[4];
  if (kind === "permanent") throw new PermanentError(value, { errorCode: answered[2] || null, context });
  const retryAfter = answered[3];
  throw new RetryableError(value, { retryAfter: retryAfter < 0 ? null : retryAfter, context });
}

const CANNOT = {
  CHECKPOINT_INVALID: "the checkpoint cannot be stored",
  HTTP_REQUEST_INVALID: "the HTTP request cannot be sent",
};

function flatFor(root, value, errorCode) {
  return flatOrRefused(root, value, CANNOT[errorCode], (path) => ({ errorCode, context: { path } }));
}

function flatPayload(event, payload) {
  const options = { errorCode: "EVENT_INVALID", context: { event } };
  return flatOrRefused("payload", payload, `event \`${event}\` cannot be published`, () => options);
}

/** @param optionsOf gives those of the error, for the path of what cannot cross */
function flatOrRefused(root, value, problem, optionsOf) {
  const flat = [root];
  try {
    new Walk(flat, root).add(value);
  } catch (error) {
    if (!Refusal.is(error)) throw error;
    throw new PermanentError(`${problem}: ${error.path}: ${error.reason}`, optionsOf(error.path));
  }
  return flat;
}

/** Flat fields of a log line, null when there are none; a value that cannot be flattened becomes its text. */
function flatFields(fields) {
  if (fields === null || fields === undefined) return null;
  const flat = ["fields", MAP, 0];
  for (const [name, read] of fieldsOf(fields)) {
    const before = flat.length;
    try {
      const value = read();
      if (value === undefined) continue;
      flat.push(name);
      new Walk(flat, name).add(value);
    } catch {
      flat.length = before;
      flat.push(name, TEXT, text(read));
    }
    flat[2]++;
  }
  return flat[2] === 0 ? null : flat;
}

function fieldsOf(fields) {
  try {
    if (fields instanceof Error) return [["error", () => fields]];
    if (fields instanceof Map) return [...fields].map(([name, value]) => [text(() => name), () => value]);
    if (typeof fields === "object" && !Array.isArray(fields)) {
      return Object.keys(fields).map((name) => [name, () => fields[name]]);
    }
  } catch {
    // A proxy that refuses, for example: it has a text at most.
  }
  return [["value", () => fields]];
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

/* Values, flattened into tags and scalars, so that the host reads one array. */

function answer(kind, value) {
  const flat = [kind];
  try {
    new Walk(flat, "results").add(value);
  } catch (error) {
    // What fails to describe a failure would do so again: the built-in functions are not what they were.
    if (kind === "error" || kind === "refused") throw error;
    return failure(error);
  }
  return flat;
}

function failure(error) {
  if (Refusal.is(error)) {
    return answer("refused", { code: error.code, path: error.path, reason: error.reason });
  }
  return answer("error", describe(error));
}

/** What was flattened before, as part of another value. */
class Flat {
  constructor(parts) {
    this.parts = parts;
  }
}

function flatOf(value, root) {
  const parts = [];
  new Walk(parts, root).add(value);
  if (parts.length > FLAT_MAX) throw new Refusal("RESULT_TOO_LARGE", root, `it has more than ${FLAT_MAX} parts`);
  return new Flat(parts);
}

class Walk {
  constructor(flat, root) {
    this.flat = flat;
    this.root = root;
    /** Where the walk is: the keys and indices, and the containers they belong to. */
    this.keys = [];
    this.open = [];
  }

  add(value) {
    const flat = this.flat;
    if (flat.length > NODES_MAX) this.refuse("RESULT_TOO_LARGE", `the value has more than ${NODES_MAX} parts`);
    switch (typeof value) {
      case "string":
        flat.push(TEXT, value);
        break;
      case "number":
        this.addNumber(value);
        break;
      case "boolean":
        flat.push(value ? TRUE : FALSE);
        break;
      case "object":
        if (value === null) flat.push(NULL);
        else this.addObject(value);
        break;
      case "undefined":
        flat.push(NULL);
        break;
      case "bigint":
        flat.push(BIG, value.toString(16));
        break;
      default:
        this.refuse("RESULT_NOT_JSON", `a ${typeof value} cannot be stored`);
    }
  }

  addNumber(value) {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.flat.push(INT, value);
    else if (Number.isFinite(value)) this.flat.push(FLOAT, value);
    else this.refuse("RESULT_NOT_JSON", `${value} is no JSON number`);
  }

  addObject(value) {
    if (Array.isArray(value)) {
      this.enter(value);
      this.addItems(value, value.length);
      this.open.pop();
      return;
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null && this.addSpecial(value, prototype)) return;
    this.enter(value);
    this.addEntries(value);
    this.open.pop();
  }

  /** What is stored as something else, or not at all; false for a plain object from elsewhere. */
  addSpecial(value, prototype) {
    if (value instanceof Flat) {
      for (const part of value.parts) this.flat.push(part);
    } else if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) this.refuse("RESULT_NOT_JSON", "an invalid Date cannot be stored");
      this.flat.push(TEXT, value.toISOString());
    } else if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      this.add(value.valueOf());
    } else if (value instanceof Set) {
      this.enter(value);
      this.addItems([...value], value.size);
      this.open.pop();
    } else if (value instanceof Map) {
      this.enter(value);
      this.addMap(value);
      this.open.pop();
    } else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      this.refuse("RESULT_NOT_JSON", "bytes cannot be stored; turn them into text first (base64)");
    } else {
      // Not of the value: data may have a key of this name.
      const name = prototype.constructor?.name ?? "Object";
      if (name !== "Object") this.refuse("RESULT_NOT_JSON", `a value of class ${name} cannot be stored`);
      return false;
    }
    return true;
  }

  enter(value) {
    if (this.open.length >= DEPTH_MAX) {
      this.refuse("RESULT_TOO_LARGE", `the value is nested deeper than ${DEPTH_MAX} levels`);
    }
    if (this.open.includes(value)) this.refuse("RESULT_NOT_JSON", "the value contains itself");
    this.open.push(value);
  }

  addItems(items, size) {
    const keys = this.keys;
    const top = keys.length;
    if (!(size <= NODES_MAX)) this.refuse("RESULT_TOO_LARGE", `the value has more than ${NODES_MAX} parts`);
    this.flat.push(LIST, size);
    for (let index = 0; index < size; index++) {
      keys[top] = index;
      this.add(items[index]);
    }
    keys.length = top;
  }

  addEntries(value) {
    const flat = this.flat;
    const keys = this.keys;
    const top = keys.length;
    const names = Object.keys(value);
    const counted = flat.push(MAP, 0) - 1;
    let size = 0;
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      const item = value[name];
      // As in JSON.stringify: what is undefined is left out.
      if (item === undefined) continue;
      size++;
      flat.push(name);
      keys[top] = name;
      this.add(item);
    }
    flat[counted] = size;
    keys.length = top;
  }

  addMap(map) {
    for (const key of map.keys()) {
      if (typeof key !== "string") {
        this.refuse("RESULT_NOT_JSON", `the key ${String(key)} is a ${typeof key}; keys must be text`);
      }
    }
    const keys = this.keys;
    const top = keys.length;
    const entries = [...map];
    this.flat.push(MAP, entries.length);
    for (const [name, item] of entries) {
      this.flat.push(name);
      keys[top] = name;
      this.add(item);
    }
    keys.length = top;
  }

  refuse(code, reason) {
    let path = this.root;
    for (const key of this.keys) path += typeof key === "number" ? `[${key}]` : `.${key}`;
    throw new Refusal(code, path, reason);
  }
}

/* Errors. A handler may throw anything, and what it throws may throw again when it is looked at. */

function describe(error) {
  try {
    return isError(error) ? described(error, CAUSES_MAX) : describedThrown(error);
  } catch {
    return description({ class: "Error", message: "the handler threw something that cannot be described" });
  }
}

function description(parts) {
  return {
    kind: "other",
    class: null,
    message: null,
    error_code: null,
    retry_after: null,
    context: {},
    cause: null,
    backtrace: [],
    ...parts,
  };
}

function described(error, causesLeft) {
  const kind = kindOf(error);
  const cause = attempted(() => error.cause) ?? null;
  const errors = kind === "other" ? partsOf(error) : [];
  const parts = {
    kind,
    class: nameOf(error),
    message: messageOf(error, errors),
    cause: cause === null || causesLeft === 0 ? null : describedCause(cause, causesLeft - 1),
    backtrace: lines(error, LINES_MAX),
  };
  if (kind === "permanent") parts.error_code = codeOf(error);
  if (kind === "retryable") parts.retry_after = delayOf(error);
  if (kind === "permanent" || kind === "retryable") parts.context = storable(error);
  else if (errors.length > 0) parts.context = { errors: errors.map(describedPart) };
  return description(parts);
}

function kindOf(error) {
  if (error instanceof PermanentError) return "permanent";
  if (error instanceof RetryableError) return "retryable";
  return error instanceof StepCancelled ? "cancelled" : "other";
}

function describedCause(cause, causesLeft) {
  return isError(cause) ? described(cause, causesLeft) : describedThrown(cause);
}

/** The errors that an AggregateError holds; no more than are shown. */
function partsOf(error) {
  if (!(error instanceof AggregateError)) return [];
  const errors = attempted(() => error.errors);
  return attempted(() => (Array.isArray(errors) ? errors.slice(0, PARTS_MAX) : [])) ?? [];
}

function describedPart(part) {
  if (!isError(part)) {
    const { class: name, message } = describedThrown(part);
    return { class: name, message, backtrace: [] };
  }
  return { class: nameOf(part), message: messageOf(part, []), backtrace: lines(part, PART_LINES_MAX) };
}

function messageOf(error, errors) {
  const own = text(() => error.message) || nameOf(error);
  if (errors.length === 0) return own;
  const shown = errors.map((part) => (isError(part) ? `${nameOf(part)}: ${messageOf(part, [])}` : shownOf(part)));
  const more = (attempted(() => error.errors.length) ?? errors.length) - errors.length;
  return `${own} (${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""})`;
}

/** JavaScript throws anything. */
function describedThrown(value) {
  return description({
    class: value === null ? "null" : typeof value,
    message: `the handler threw ${shownOf(value)}`,
  });
}

function shownOf(value) {
  if (typeof value === "function") return `the function ${text(() => value.name || "without a name")}`;
  const json = typeof value === "object" && value !== null ? attempted(() => JSON.stringify(value)) : undefined;
  return (json ?? text(() => value)).slice(0, SHOWN_CHARS_MAX);
}

function isError(value) {
  return attempted(() => value instanceof Error) === true;
}

function nameOf(error) {
  const names = [attempted(() => error.constructor.name), attempted(() => error.name)];
  return names.find((name) => typeof name === "string" && name !== "") ?? "Error";
}

function codeOf(error) {
  const code = attempted(() => error.errorCode) ?? null;
  return code === null ? null : text(() => code);
}

function delayOf(error) {
  const delay = attempted(() => error.retryAfter);
  return Number.isFinite(delay) && delay >= 0 ? delay : null;
}

/** Read once and flattened here, because what reads well once may not do so twice. */
function storable(error) {
  try {
    return flatOf(error.context ?? {}, "context");
  } catch (problem) {
    return { context_refused: Refusal.is(problem) ? `${problem.path}: ${problem.reason}` : text(() => problem) };
  }
}

function attempted(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function text(read) {
  try {
    return String(read());
  } catch {
    return "?";
  }
}

function lines(error, max) {
  return text(() => error.stack)
    .slice(0, STACK_CHARS_MAX)
    .split("\n")
    .map((line) => /^\s+at (?:(.*) \()?(.*?):(\d+)(?::\d+)?\)?$/.exec(line))
    .filter((match) => match !== null && !match[2].includes("<tasker"))
    .slice(0, max)
    .map(([, name, file, line]) => `${file}:${line}:in ${name ?? "<module>"}`);
}
