/**
 * Write the steps of a Tasker workflow in JavaScript: the base class of step handlers, the two
 * errors they raise, and the read-only views they are given.
 *
 * Handlers written against this module run unchanged inside the Tasker process (GraalJS) and inside
 * a Node.js application that embeds the engine. It imports nothing and uses the language only.
 *
 * `tasker.cjs` is made from this file by `npm run build`. A program may load both, so whichever is
 * first keeps its classes under one global symbol, and the other hands out the same ones.
 */

const API = Symbol.for("tasker.api");

/** Marks the base class, its subclasses and their instances. */
const STEP_HANDLER = Symbol.for("tasker.StepHandler");

/** Key of the method with which the engine gives a handler its host. */
const BIND = Symbol.for("tasker.bind");

/** Key of the static method with which the engine asks for the declared name of a class. */
const HANDLER_NAME = Symbol.for("tasker.handlerName");

function defineApi() {
  /** Base of the errors that this library defines. */
  class TaskerError extends Error {
    constructor(message, options) {
      super(message, options);
      Object.defineProperty(this, "name", { value: new.target.name, writable: true, configurable: true });
    }
  }

  /** Raised when a later attempt may succeed. */
  class RetryableError extends TaskerError {
    constructor(message = "", options = {}) {
      super(message, causeOf(options));
      /** Seconds until the next attempt, or null for the step's own backoff. */
      this.retryAfter = checkedDelay(options.retryAfter ?? options.retry_after ?? null);
      /** Details stored with the failure. */
      this.context = checkedContext(options.context);
    }

    get retry_after() {
      return this.retryAfter;
    }
  }

  /** Raised when no later attempt can succeed: the step fails at once. */
  class PermanentError extends TaskerError {
    constructor(message = "", options = {}) {
      super(message, causeOf(options));
      /** A stable code for programs, or null. */
      this.errorCode = checkedCode(options.errorCode ?? options.error_code ?? null);
      /** Details stored with the failure. */
      this.context = checkedContext(options.context);
    }

    get error_code() {
      return this.errorCode;
    }
  }

  function causeOf(options) {
    if (options === null || typeof options !== "object") {
      throw new TypeError(`the options of an error must be an object, not ${String(options)}`);
    }
    return "cause" in options ? { cause: options.cause } : undefined;
  }

  function checkedDelay(seconds) {
    if (seconds === null) return null;
    if (typeof seconds !== "number" || !Number.isFinite(seconds)) {
      throw new TypeError(`retryAfter must be a number of seconds, not ${String(seconds)}`);
    }
    if (seconds < 0) throw new RangeError(`retryAfter must not be negative: ${seconds}`);
    return seconds;
  }

  function checkedCode(code) {
    if (code !== null && typeof code !== "string") {
      throw new TypeError(`errorCode must be a string, not ${String(code)}`);
    }
    return code;
  }

  function checkedContext(context = null) {
    if (context === null) return {};
    if (typeof context !== "object" || Array.isArray(context)) {
      throw new TypeError(`context must be an object, not ${String(context)}`);
    }
    return context;
  }

  /*
   * The views are named, read-only faces over a map that belongs to the engine. The map may be a
   * proxy into another runtime: it is indexed when a property is read, never copied and never
   * walked; an absent key reads as null.
   */

  /** The task a step belongs to. */
  class Task {
    #data;

    constructor(data) {
      this.#data = data;
      Object.freeze(this);
    }

    get task_id() {
      return this.#data.task_id ?? null;
    }

    get namespace() {
      return this.#data.namespace ?? null;
    }

    get name() {
      return this.#data.name ?? null;
    }

    get version() {
      return this.#data.version ?? null;
    }

    get context() {
      return this.#data.context ?? null;
    }

    get initiator() {
      return this.#data.initiator ?? null;
    }

    get source_system() {
      return this.#data.source_system ?? null;
    }

    get reason() {
      return this.#data.reason ?? null;
    }

    get tags() {
      return this.#data.tags ?? null;
    }

    get correlation_id() {
      return this.#data.correlation_id ?? null;
    }

    get requested_at() {
      return this.#data.requested_at ?? null;
    }
  }

  /** The step being attempted. */
  class Step {
    #data;

    constructor(data) {
      this.#data = data;
      Object.freeze(this);
    }

    get workflow_step_id() {
      return this.#data.workflow_step_id ?? null;
    }

    get name() {
      return this.#data.name ?? null;
    }

    get attempts() {
      return this.#data.attempts ?? null;
    }

    get retry_limit() {
      return this.#data.retry_limit ?? null;
    }

    get inputs() {
      return this.#data.inputs ?? null;
    }

    get config() {
      return this.#data.config ?? null;
    }
  }

  /** An earlier step, as `sequence.findStepByName` gives it. */
  class StepResult {
    #data;

    constructor(data) {
      this.#data = data;
      Object.freeze(this);
    }

    get name() {
      return this.#data.name ?? null;
    }

    get state() {
      return this.#data.state ?? null;
    }

    get results() {
      return this.#data.results ?? null;
    }
  }

  /** What earlier steps left behind: every ancestor of the step, not only its direct parents. */
  class Sequence {
    #asking;
    #lookup;
    #found = new Map();

    constructor(data, lookup) {
      this.#asking = data.step_name ?? null;
      this.#lookup = lookup;
      Object.freeze(this);
    }

    resultsOf(name) {
      return this.findStepByName(name).results;
    }

    findStepByName(name) {
      if (!this.#found.has(name)) {
        const data = this.#lookup(name) ?? null;
        if (data === null) throw this.#noAncestor(name);
        this.#found.set(name, new StepResult(data));
      }
      return this.#found.get(name);
    }

    results_of(name) {
      return this.resultsOf(name);
    }

    find_step_by_name(name) {
      return this.findStepByName(name);
    }

    #noAncestor(name) {
      const asking = this.#asking === null ? "this step" : `step "${this.#asking}"`;
      return new PermanentError(
        `${asking} cannot read "${name}", which is none of its ancestors: name it in depends_on_steps of the template`,
        { errorCode: "STEP_NOT_AN_ANCESTOR", context: { step: name } },
      );
    }
  }

  /** Base class of every step handler. A new instance is made for each attempt. */
  class StepHandler {
    static [STEP_HANDLER] = true;

    /** The declared name of this very class, or null; subclasses do not inherit it. */
    static [HANDLER_NAME]() {
      const name = Object.hasOwn(this, "handlerName") ? (this.handlerName ?? null) : null;
      if (name !== null && (typeof name !== "string" || name === "")) {
        throw new TypeError(`handlerName of ${this.name} must be text, not ${String(name)}`);
      }
      return name;
    }

    #host = null;

    constructor(config = null) {
      /** The template's `handler_config`, empty if there is none. */
      this.config = config ?? Object.freeze({});
    }

    get [STEP_HANDLER]() {
      return true;
    }

    process(_task, _sequence, _step) {
      throw new PermanentError(`${this.constructor.name} must define process(task, sequence, step)`, {
        errorCode: "PROCESS_MISSING",
      });
    }

    processResults(_step, output, _initialResults) {
      return output;
    }

    readText(relative) {
      if (this.#host === null) {
        throw new TaskerError(
          `${this.constructor.name} is not running in an engine, so readText(${JSON.stringify(relative)}) has ` +
            'nothing to read from; in a unit test, give the handler an object with readText first: ' +
            'handler[Symbol.for("tasker.bind")](host)',
        );
      }
      return this.#host.readText(relative);
    }

    publish(name, payload = {}) {
      if (this.#host === null) {
        throw new TaskerError(
          `${this.constructor.name} is not running in an engine, so publish(${JSON.stringify(name)}) reaches ` +
            'nobody; in a unit test, give the handler an object with publish first: ' +
            'handler[Symbol.for("tasker.bind")](host)',
        );
      }
      this.#host.publish(name, payload);
    }

    [BIND](host) {
      this.#host = host;
      return this;
    }
  }

  class TaskHandler extends StepHandler {
    schema() {
      return null;
    }

    establishStepDependenciesAndDefaults(_task, _steps) {}

    updateAnnotations(_task, _sequence, _steps) {
      return [];
    }

    process(task, _sequence, step) {
      const { task: data, steps } = task.context;
      const subject = new Task(data);
      switch (step.name) {
        case "schema":
          return this.schema();
        case "establish_step_dependencies_and_defaults": {
          const own = [...steps].map(ownCopy);
          const adjusted = this.establishStepDependenciesAndDefaults(subject, own);
          return typeof adjusted?.then === "function" ? adjusted.then(() => own) : own;
        }
        case "update_annotations": {
          const all = [...steps];
          const found = new Map(all.map((each) => [each.name, each]));
          return this.updateAnnotations(subject, new Sequence({}, (name) => found.get(name) ?? null), all);
        }
        default:
          throw new PermanentError(`${this.constructor.name} knows no hook ${step.name}`, { errorCode: "HOOK_UNKNOWN" });
      }
    }
  }

  class Subscriber extends StepHandler {
    handle(_event) {
      throw new PermanentError(`${this.constructor.name} must define handle(event)`, { errorCode: "HANDLE_MISSING" });
    }

    process(task, _sequence, _step) {
      return this.handle(task.context);
    }

    /** What `handle` returns is stored nowhere. */
    processResults(_step, _output, _initialResults) {
      return null;
    }
  }

  /** A map of the host as an object that the hook may change. */
  function ownCopy({ name, depends_on, retryable, retry_limit, inputs }) {
    return { name, depends_on: [...depends_on], retryable, retry_limit, inputs: { ...inputs } };
  }

  return Object.freeze({
    PermanentError,
    RetryableError,
    Sequence,
    Step,
    StepHandler,
    StepResult,
    Subscriber,
    Task,
    TaskHandler,
    TaskerError,
  });
}

if (!globalThis[API]) {
  Object.defineProperty(globalThis, API, { value: defineApi() });
}

export const {
  PermanentError,
  RetryableError,
  Sequence,
  Step,
  StepHandler,
  StepResult,
  Subscriber,
  Task,
  TaskHandler,
  TaskerError,
} = globalThis[API];
