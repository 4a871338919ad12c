"use strict";
/**
 * The engine of Tasker inside this process.
 *
 * `Engine.open` starts the library (once per process) and opens an engine on a database; a `Worker` runs the steps
 * whose handlers were registered. Nothing native is loaded before the first `open`.
 */

const { closeSync } = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const { setTimeout: delay } = require("node:timers/promises");
const { StepHandler, Subscriber } = require("../tasker.cjs");
const attempts = require("./attempts.cjs");
const { errorFor, classes } = require("./errors.cjs");
const { Refusal, fromJson, toJson } = require("./json.cjs");
const { ready } = require("./library.cjs");

const { ClosedError, EngineError, InvalidError, TimeoutError } = classes;

const STEP_HANDLER = Symbol.for("tasker.StepHandler");
const HANDLER_NAME = Symbol.for("tasker.handlerName");
const DECLARATION = Symbol.for("tasker.declaration");

const OPTIONS = ["databaseUrl", "slots", "migrate", "enqueuer", "settings", "operator", "logger"];
const LIBRARY_OPTIONS = ["runtime", "javaHome", "heapMaxMb", "jvmOptions", "logFile"];
const CLOSE_MILLIS = 30_000;
const LOOK_MILLIS_MIN = 5;
const LOOK_MILLIS_MAX = 250;
/** For how long the turns of the event loop look for the next item; waking the loop takes about as long. */
const LOOK_ON_MILLIS = 0.1;
const LOOKS_SKIPPED_MAX = 8;
/** Items taken in one go; then the event loop has its turn. */
const ITEMS_MAX = 100;
const ENDED = new Set(["complete", "error", "cancelled", "resolved_manually"]);

class Engine {
  #library;
  #handle;
  #operator;
  #enqueuer;
  #handlers = new Map();
  #pump = null;
  #questions = new Map();
  #lastQuestion = 0;
  #enqueue = null;
  #closing = null;

  /** Use `Engine.open`. */
  constructor(library, handle, { logger = console, operator = defaultOperator(), enqueuer = null }) {
    this.#library = library;
    this.#handle = handle;
    this.#operator = operator;
    this.#enqueuer = enqueuer;
    /** Takes warnings and errors; any object with `warn` and `error`. */
    this.logger = logger;
  }

  /** Opens an engine; starts the library first, if this is the first one of the process. */
  static async open(options = {}) {
    for (const name of Object.keys(options)) {
      if (!OPTIONS.includes(name) && !LIBRARY_OPTIONS.includes(name)) {
        const known = [...OPTIONS, ...LIBRARY_OPTIONS].join(", ");
        throw new InvalidError(`Engine.open has no option ${name}; it has ${known}`, { code: "OPTION_INVALID" });
      }
    }
    const { databaseUrl, slots, migrate, enqueuer, settings } = options;
    const config = { database_url: databaseUrl, runtime: "javascript", slots, migrate, enqueuer, settings };
    const library = await ready(options);
    return new Engine(library, await library.open(jsonOf(config, "options")), options);
  }

  get isClosed() {
    return this.#closing !== null;
  }

  /** The name of the queue that runs the tasks of this engine, or null. */
  get enqueuer() {
    return this.#enqueuer;
  }

  /**
   * Stops claiming, lets running handlers finish, gives back what does not, and closes. A second call waits for the
   * first.
   */
  close(timeoutMs = CLOSE_MILLIS) {
    this.#closing ??= this.#closed(timeoutMs);
    return this.#closing;
  }

  async #closed(timeoutMs) {
    // What was claimed for us but not taken yet would hold the closing up.
    this.#pump?.drain();
    try {
      await this.#library.close(this.#handle, timeoutMs);
    } finally {
      this.#pump?.stop();
      for (const question of this.#questions.values()) question.reject(closed());
      this.#questions.clear();
    }
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.close();
  }

  /** An operation by its name; see docs/c-abi.md. */
  async #perform(operation, request = {}) {
    if (this.isClosed) throw closed();
    return JSON.parse(await this.#library.call(this.#handle, operation, jsonOf(request, "request")));
  }

  /** For hosts: an operation in JSON, on this thread, which waits. */
  callNow(operation, json) {
    return this.#library.callNow(this.#handle, operation, json);
  }

  /** For hosts: an operation whose answer comes as work. `json` makes its request with the number of the question. */
  async ask(operation, json) {
    const number = ++this.#lastQuestion;
    const answer = new Promise((resolve, reject) => this.#questions.set(number, { resolve, reject }));
    try {
      this.callNow(operation, json(number));
      return await answer;
    } finally {
      this.#questions.delete(number);
    }
  }

  /** Registers a template: a path, or YAML text. */
  async registerTemplate(template, { environment } = {}) {
    const key = String(template).includes("\n") ? "yaml" : "path";
    return this.#perform("register_template", { [key]: String(template), environment });
  }

  /** Registers handlers: classes, functions of `defineHandler`, or objects of them, such as a module. */
  async registerHandlers(...handlers) {
    const named = handlers.flatMap(handlersOf);
    const found = new Map();
    for (const { name, handler } of named) {
      const other = found.get(name) ?? this.#handlers.get(name);
      if (other !== undefined && other !== handler) {
        const message = `two handlers have the name ${name}: the classes ${other.name} and ${handler.name}`;
        throw new InvalidError(message, { code: "HANDLER_DUPLICATE", details: { handler: name } });
      }
      found.set(name, handler);
    }
    const requests = [...found].map(([name, handler]) => ({ name, declaration: declarationOf(handler) }));
    // Known here first: their steps may come before the answer does.
    const added = [...found].filter(([name]) => !this.#handlers.has(name));
    for (const [name, handler] of added) this.#handlers.set(name, handler);
    try {
      return (await this.#perform("register_handlers", { handlers: requests })).registered;
    } catch (problem) {
      for (const [name] of added) this.#handlers.delete(name);
      throw problem;
    }
  }

  /**
   * Lets a class that extends `Subscriber` take events: exact names, `step.*` or `*`. Gives the name of the
   * subscription: the class's, unless one is given. `unsubscribe` ends it.
   */
  async subscribe(subscriber, { events, name, template, durable, config } = {}) {
    if (!isHandler(subscriber) || !(subscriber.prototype instanceof Subscriber)) {
      const message = `${String(subscriber?.name ?? subscriber)} does not extend Subscriber`;
      throw new InvalidError(message, { code: "SUBSCRIPTION_INVALID" });
    }
    await this.registerHandlers(subscriber);
    this.#startPump();
    const [{ name: key }] = handlersOf(subscriber);
    const list = typeof events === "string" ? [events] : (events ?? []);
    return (await this.#perform("subscribe", { class: key, events: list, name, template, durable, config })).name;
  }

  /** Ends a subscription; tells whether there was one. */
  async unsubscribe(name) {
    return (await this.#perform("unsubscribe", { name })).was_subscribed;
  }

  /**
   * Creates a task. `request` has the keys of docs/creating-tasks.md; an engine with an enqueuer leaves its tasks to
   * it, unless the request has `enqueuer: null`.
   */
  async createTask(template, context = {}, request = {}) {
    const all = { enqueuer: this.#enqueuer, ...request, template, context };
    return this.#perform("create_task", all);
  }

  /** A task with its steps, and its transitions unless they are not wanted. */
  async task(task, { transitions = true } = {}) {
    return this.#perform("get_task", { task_id: idOf(task), transitions });
  }

  /** Waits until a task has ended, whoever runs it; gives its state. */
  async wait(task, { timeoutMs = Infinity } = {}) {
    const end = Date.now() + timeoutMs;
    for (let pause = LOOK_MILLIS_MIN; ; pause = Math.min(pause * 1.5, LOOK_MILLIS_MAX)) {
      const { state } = await this.#perform("wait_task", { task_id: idOf(task), timeout_ms: 0 });
      if (ENDED.has(state)) return state;
      const left = end - Date.now();
      if (left <= 0) {
        const details = { task_id: idOf(task), state };
        throw new TimeoutError(`task ${idOf(task)} is ${state} after ${timeoutMs} ms`, { code: "TIMEOUT", details });
      }
      await delay(Math.min(pause, left));
    }
  }

  async launch(task, by) {
    return this.#act("launch_task", { task_id: idOf(task) }, by);
  }

  async pause(task, by) {
    return this.#act("pause_task", { task_id: idOf(task) }, by);
  }

  async resume(task, by) {
    return this.#act("resume_task", { task_id: idOf(task) }, by);
  }

  async cancel(task, by) {
    return this.#act("cancel_task", { task_id: idOf(task) }, by);
  }

  async retry(task, { resetAttempts, ...by } = {}) {
    return this.#act("retry_task", { task_id: idOf(task), reset_attempts: resetAttempts }, by);
  }

  async resolve(task, by) {
    return this.#act("resolve_task", { task_id: idOf(task) }, by);
  }

  async retryStep(step, { resetAttempts, ...by } = {}) {
    return this.#act("retry_step", { ...stepOf(step), reset_attempts: resetAttempts }, by);
  }

  async resolveStep(step, by) {
    return this.#act("resolve_step", stepOf(step), by);
  }

  async completeStep(step, results, by) {
    return this.#act("complete_step", { ...stepOf(step), results }, by);
  }

  async skipStep(step, by) {
    return this.#act("skip_step", stepOf(step), by);
  }

  async cancelStep(step, by) {
    return this.#act("cancel_step", stepOf(step), by);
  }

  /** Why a step is not running: every reason that holds now. */
  async why(step) {
    return this.#perform("why_step", stepOf(step));
  }

  async #act(operation, subject, { operator = this.#operator, reason = "", ...rest } = {}) {
    return this.#perform(operation, { ...subject, ...rest, operator, reason });
  }

  /** A worker of this engine; call its `start`. */
  worker() {
    return new Worker(this);
  }

  /** For workers: claims and runs what is ready. */
  async startWorking() {
    this.#startPump();
    await this.#perform("start");
  }

  /**
   * For queue adapters: from now on, tasks that are due are given to `enqueue(task)`, which has `task_id`, `delay_ms`
   * and `reason`.
   */
  takeEnqueues(enqueue) {
    this.#enqueue = enqueue;
    this.#startPump();
  }

  /**
   * For jobs of a queue: runs those steps of a task that this engine has handlers for, until nothing more can run here
   * now. A task that is to come back was handed to its queue already.
   *
   * @return the verdict: `ended` with `state`; `again` with `delay_ms` and `reason`; or `nothing_to_do`
   */
  async runTask(task) {
    this.#startPump();
    const task_id = idOf(task);
    return this.ask("run_task", (job) => JSON.stringify({ task_id, job }));
  }

  #startPump() {
    if (this.isClosed) throw closed();
    this.#pump ??= new Pump(this.#library, this.#handle, (item) => this.#take(item), (problem) => this.#lost(problem));
  }

  #take(item) {
    switch (item.kind) {
      case "step":
        void this.#run(item);
        break;
      case "enqueue":
        void this.#handOver(item);
        break;
      case "verdict":
        this.#settleJob(item);
        break;
      case "answer":
        this.#settle(item.call, item.error, item.answer);
        break;
      default:
        this.logger.warn(`tasker: an item of the unknown kind ${item.kind}; use the same release of library and package`);
    }
  }

  async #run(item) {
    const work = item.work_id;
    const handler = this.#handlers.get(item.handler_class);
    const outcome =
      handler === undefined
        ? attempts.failure(new Error(`handler ${item.handler_class} is not registered in this process`))
        : await attempts.run(this, handler, item);
    try {
      this.#complete(work, outcome);
    } catch (problem) {
      this.logger.error(`tasker: the outcome of step ${item.step.name} could not be given: ${problem}`);
    }
  }

  #complete(work, outcome) {
    try {
      this.#library.complete(this.#handle, work, outcome);
    } catch (problem) {
      // It was given back, or the engine has closed: the outcome is not wanted any more.
      if (problem instanceof ClosedError) return;
      if (!(problem instanceof InvalidError)) throw problem;
      this.#library.complete(this.#handle, work, attempts.refused(problem));
    }
  }

  async #handOver(item) {
    try {
      if (this.#enqueue === null) throw new Error("this process has opened no adapter for its queue");
      await this.#enqueue(item);
    } catch (problem) {
      // The engine's sweep hands it over again.
      this.logger.warn(`tasker: task ${item.task_id} could not be enqueued: ${problem}`);
    }
  }

  #settleJob({ kind, job, error, ...verdict }) {
    this.#settle(job, error, verdict);
  }

  #settle(number, error, answer) {
    const question = this.#questions.get(number);
    if (error) question?.reject(errorFor(error));
    else question?.resolve(answer);
  }

  #lost(problem) {
    this.logger.error(`tasker: work could not be taken: ${problem}`);
  }
}

/** Takes items whenever the library says that there are some. Keeps the process alive until it is stopped. */
class Pump {
  #library;
  #handle;
  #take;
  #lost;
  #socket;
  #isStopped = false;
  /** Until when turns of the event loop look for items; 0 while the descriptor alone tells. */
  #lookUntil = 0;
  #inVain = 0;
  #skipped = 0;

  constructor(library, handle, take, lost) {
    this.#library = library;
    this.#handle = handle;
    this.#take = take;
    this.#lost = lost;
    const fd = library.wakeDescriptor(handle);
    try {
      this.#socket = new net.Socket({ fd, readable: true, writable: false });
    } catch (problem) {
      closeSync(fd);
      throw problem;
    }
    this.#socket.on("data", () => this.drain());
    // It ends with the engine.
    this.#socket.on("error", () => {});
    this.drain();
  }

  /** Takes what there is. */
  drain() {
    if (this.#takeAll() && this.#lookUntil === 0 && this.#skipped-- <= 0) this.#lookOn();
  }

  /**
   * An outcome often brings the next item sooner than a descriptor wakes the loop. So some turns look for it, unless that
   * has been in vain: then more and more are left out.
   */
  #lookOn() {
    this.#lookUntil = performance.now() + LOOK_ON_MILLIS;
    setImmediate(() => this.#look());
  }

  #look() {
    if (this.#takeAll()) {
      this.#inVain = 0;
      this.#lookOn();
    } else if (this.#isStopped || performance.now() > this.#lookUntil) {
      this.#lookUntil = 0;
      this.#skipped = Math.min(2 ** ++this.#inVain, LOOKS_SKIPPED_MAX);
    } else {
      setImmediate(() => this.#look());
    }
  }

  /** Whether there was something. */
  #takeAll() {
    let taken = 0;
    try {
      for (; !this.#isStopped; taken++) {
        if (taken === ITEMS_MAX) {
          setImmediate(() => this.drain());
          break;
        }
        const text = this.#library.next(this.#handle);
        if (text === null) break;
        this.#take(fromJson(text));
      }
    } catch (problem) {
      this.#lost(problem);
    }
    return taken > 0;
  }

  stop() {
    this.#isStopped = true;
    this.#socket.destroy();
  }
}

/**
 * Runs the steps of all tasks that name no enqueuer, with the handlers of an engine: as many at once as the engine has
 * slots.
 */
class Worker {
  #engine;

  constructor(engine) {
    this.#engine = engine;
  }

  async start() {
    await this.#engine.startWorking();
    return this;
  }

  /** Closes the engine: what runs may finish within the time, what does not is given back. */
  stop(timeoutMs) {
    return this.#engine.close(timeoutMs);
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.stop();
  }
}

/** The names and classes of what was given to `registerHandlers`. */
function handlersOf(given) {
  if (isHandler(given)) return [{ name: given[HANDLER_NAME]() ?? ownNameOf(given), handler: given }];
  const entries = typeof given === "object" && given !== null ? Object.entries(given) : [];
  const found = entries.filter(([, value]) => isHandler(value));
  if (found.length > 0) return found.map(([name, handler]) => ({ name: handler[HANDLER_NAME]() ?? name, handler }));
  throw new InvalidError(`${String(given?.name ?? given)} is no step handler, and no module that exports one`, {
    code: "HANDLER_NOT_A_STEP_HANDLER",
  });
}

function isHandler(value) {
  return typeof value === "function" && value !== StepHandler && value[STEP_HANDLER] === true;
}

/** The name of a class; a function without a name gives none. */
function ownNameOf(handler) {
  if (handler.name !== "" && handler.name !== "handler") return handler.name;
  throw new InvalidError("a handler without a name needs one: a static handlerName, or defineHandler({ name }, ...)", {
    code: "HANDLER_DECLARATION_INVALID",
  });
}

function declarationOf(handler) {
  const { name: _, ...declaration } = handler[DECLARATION]();
  return declaration;
}

function jsonOf(value, root) {
  try {
    return toJson(value, root);
  } catch (refusal) {
    if (!Refusal.is(refusal)) throw refusal;
    const { path, reason } = refusal;
    throw new InvalidError(`${path}: ${reason}`, { code: "INPUT_NOT_JSON", details: { path } });
  }
}

/** An id, or what `createTask` and `task` gave. */
function idOf(task) {
  const id = Number(task?.task_id ?? task);
  if (!Number.isSafeInteger(id)) {
    throw new InvalidError(`${String(task)} is no id of a task`, { code: "REQUEST_INVALID" });
  }
  return id;
}

/** A step by its id, or by its name in a task: `{ task_id, step }`. */
function stepOf(step) {
  if (typeof step !== "object" || step === null) return { step_id: Number(step) };
  return { task_id: idOf(step), step: step.step };
}

function closed() {
  return new ClosedError("the engine is closed, or closes", { code: "ENGINE_CLOSED" });
}

function defaultOperator() {
  try {
    return os.userInfo().username;
  } catch {
    return "node";
  }
}

module.exports = { Engine, EngineError, Worker, ...classes };
