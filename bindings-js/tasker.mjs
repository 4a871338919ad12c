/**
 * Write the steps of a Tasker workflow in JavaScript: the base classes of handlers, the errors they
 * raise, the read-only views they are given, and their ways to the outside: log, heartbeat, HTTP.
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

/** Key of the method with which the engine gives a host to a handler, and to the module's `http`. */
const BIND = Symbol.for("tasker.bind");

/** Key of the static method with which the engine asks for the declared name of a class. */
const HANDLER_NAME = Symbol.for("tasker.handlerName");

/** Key of the static method with which the engine asks for all that a class declares. */
const DECLARATION = Symbol.for("tasker.declaration");

/** What a class may declare, by its static field, with the name the engine knows it by. */
const DECLARED = {
  description: "description",
  retryable: "retryable",
  retryLimit: "retry_limit",
  backoff: "backoff",
  timeoutSeconds: "timeout_seconds",
  concurrency: "concurrency",
  inputsSchema: "inputs_schema",
  resultSchema: "result_schema",
  customEvents: "custom_events",
};

const HTTP_OPTIONS = ["headers", "params", "json", "body", "timeout"];
const API_OPTIONS = ["url", "json"];

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

  /** Raised by `heartbeat` when the attempt was cancelled or its step belongs to another by now. */
  class StepCancelled extends TaskerError {
    constructor(message = "the attempt was cancelled", options = {}) {
      super(message, causeOf(options));
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

  /** Gives the host if it has the operation; otherwise says what is missing, and how to give it. */
  function demand(host, who, operation, detail) {
    if (typeof host?.[operation] === "function") return host;
    const call = `${operation}(${detail === undefined ? "" : JSON.stringify(detail)})`;
    const problem =
      host === null || host === undefined
        ? `${who} is not running in an engine, so ${call} reaches nobody`
        : `the host given to ${who} has no ${operation}, so ${call} reaches nobody`;
    throw new TaskerError(
      `${problem}; in a unit test, give an object with ${operation} first: ` +
        `${who === "http" ? "http" : "handler"}[Symbol.for("tasker.bind")](host)`,
    );
  }

  /** Writes to the engine's log. Never raises. */
  class Logger {
    #hostOf;

    constructor(hostOf) {
      this.#hostOf = hostOf;
    }

    debug(message, fields) {
      this.#log("debug", message, fields);
    }

    info(message, fields) {
      this.#log("info", message, fields);
    }

    warn(message, fields) {
      this.#log("warn", message, fields);
    }

    error(message, fields) {
      this.#log("error", message, fields);
    }

    #log(level, message, fields = null) {
      const text = textOf(message);
      try {
        const host = this.#hostOf();
        if (typeof host?.log === "function") {
          host.log(level, text, fields);
          return;
        }
      } catch {
        // The attempt has ended, for example; the line still helps.
      }
      try {
        console.error(logLine(level, text, fields));
      } catch {
        // There is nowhere to write to.
      }
    }
  }

  function logLine(level, message, fields) {
    const parts = [level.toUpperCase(), message];
    if (fields instanceof Error) parts.push(`error=${fieldText(textOf(fields))}`);
    else if (fields !== null && typeof fields === "object") {
      for (const [key, value] of Object.entries(fields)) parts.push(`${key}=${fieldText(value)}`);
    } else if (fields !== null) parts.push(`value=${fieldText(fields)}`);
    return parts.join(" ").replace(/[\r\n]+/g, " ");
  }

  function fieldText(value) {
    try {
      if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
      if (value instanceof Error) return JSON.stringify(textOf(value));
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    } catch {
      return textOf(value);
    }
  }

  function textOf(value) {
    try {
      return String(value);
    } catch {
      return "?";
    }
  }

  /** Gives the engine's number of a response; assigned inside the class, which alone sees its data. */
  let indexOf;

  /** What a server answered: a read-only view. */
  class HttpResponse {
    #data;

    static {
      indexOf = (response) => response.#data.index ?? null;
    }

    constructor(data) {
      this.#data = data;
      Object.freeze(this);
    }

    get status() {
      return this.#data.status;
    }

    get ok() {
      return this.status >= 200 && this.status <= 299;
    }

    get headers() {
      return this.#data.headers ?? {};
    }

    get text() {
      return this.#data.text ?? "";
    }

    get url() {
      return this.#data.url ?? null;
    }

    json() {
      return JSON.parse(this.text);
    }
  }

  /** The HTTP client of the engine. Every method returns a promise, even where the engine blocks. */
  class Http {
    #hostOf;

    /** @param hostOf gives an object with `http(request)`, or throws */
    constructor(hostOf) {
      this.#hostOf = hostOf;
    }

    get(url, options) {
      return this.request("GET", url, options);
    }

    head(url, options) {
      return this.request("HEAD", url, options);
    }

    post(url, options) {
      return this.request("POST", url, options);
    }

    put(url, options) {
      return this.request("PUT", url, options);
    }

    patch(url, options) {
      return this.request("PATCH", url, options);
    }

    delete(url, options) {
      return this.request("DELETE", url, options);
    }

    request(method, url, options = {}) {
      return unheeded(this.#request(method, url, options));
    }

    async #request(method, url, options) {
      const request = httpRequest(method, url, options);
      return new HttpResponse(await this.#hostOf(request.url).http(request));
    }
  }

  /** An answer that a handler may leave alone: Node.js would end the process where it is an error and nobody waits. */
  function unheeded(answer) {
    answer.catch(() => {});
    return answer;
  }

  /** The request as the host takes it, with those keys only that were given. */
  function httpRequest(method, url, options) {
    const request = { method: String(method).toUpperCase(), url: String(url) };
    for (const [name, value] of Object.entries(checkedOptions(options, HTTP_OPTIONS))) {
      if (value !== undefined) request[name === "timeout" ? "timeout_seconds" : name] = value;
    }
    return request;
  }

  /** A misspelt option would be lost without a word. */
  function checkedOptions(options, known) {
    if (!isPlain(options)) throw new TypeError(`the options of a request must be an object, not ${textOf(options)}`);
    for (const name of Object.keys(options)) {
      if (!known.includes(name)) throw new TypeError(`a request has no option ${name}; it has ${known.join(", ")}`);
    }
    return options;
  }

  /** What the module's `http` is bound to: a host, a function that gives one, or null. */
  let current = null;

  const http = new Http((url) => demand(typeof current === "function" ? current() : current, "http", "http", url));
  Object.defineProperty(http, BIND, {
    value(host) {
      current = host;
      return http;
    },
  });

  /** Sends requests with the URL, headers and timeouts of a handler's config. */
  class ApiClient {
    #hostOf;

    constructor(hostOf) {
      this.#hostOf = hostOf;
    }

    get(url = null) {
      return this.send("GET", { url });
    }

    post(json, url = null) {
      return this.send("POST", { url, json });
    }

    send(method, options = {}) {
      return unheeded(this.#send(method, options));
    }

    async #send(method, options) {
      const { url = null, json } = checkedOptions(options, API_OPTIONS);
      const target = url === null ? null : String(url);
      const host = this.#hostOf("apiSend", target ?? undefined);
      return new HttpResponse(await host.apiSend(String(method).toUpperCase(), target, json));
    }
  }

  /** Gives the host of a handler, which its class alone sees. */
  let hostOf;

  /** Base class of every step handler. A new instance is made for each attempt. */
  class StepHandler {
    static [STEP_HANDLER] = true;

    static {
      hostOf = (handler, operation, detail) => handler.#demand(operation, detail);
    }

    /** The declared name of this very class, or null; subclasses do not inherit it. */
    static [HANDLER_NAME]() {
      const name = Object.hasOwn(this, "handlerName") ? (this.handlerName ?? null) : null;
      if (name !== null && (typeof name !== "string" || name === "")) {
        throw new TypeError(`handlerName of ${this.name} must be text, not ${String(name)}`);
      }
      return name;
    }

    /**
     * What the class declares, under the engine's names and unchecked; null is as good as nothing.
     * Subclasses inherit all of it but name and description, which are about one class.
     */
    static [DECLARATION]() {
      const declaration = {};
      if (Object.hasOwn(this, "handlerName")) put(declaration, "name", this.handlerName);
      for (const [field, key] of Object.entries(DECLARED)) {
        if (field !== "description" || Object.hasOwn(this, field)) put(declaration, key, this[field]);
      }
      if (isPlain(declaration.backoff)) declaration.backoff = withSnakeKeys(declaration.backoff);
      return declaration;
    }

    #host = null;
    #logger = null;
    #http = null;

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
      return this.#demand("readText", relative).readText(relative);
    }

    publish(name, payload = {}) {
      this.#demand("publish", name).publish(name, payload);
    }

    /** Undefined is no checkpoint; null is one. */
    heartbeat(checkpoint) {
      this.#demand("heartbeat").heartbeat(checkpoint);
    }

    checkpoint() {
      return this.#demand("checkpoint").checkpoint() ?? null;
    }

    isCancelled() {
      return this.#demand("isCancelled").isCancelled();
    }

    // Both are made on first use, as most handlers need neither, and can be replaced: by a test, or by
    // a handler that has its own.

    get logger() {
      return (this.#logger ??= new Logger(() => this.#host));
    }

    set logger(logger) {
      this.#logger = logger;
    }

    get http() {
      return (this.#http ??= new Http((url) => this.#demand("http", url)));
    }

    set http(client) {
      this.#http = client;
    }

    #demand(operation, detail) {
      return demand(this.#host, this.constructor.name, operation, detail);
    }

    [BIND](host) {
      this.#host = host;
      return this;
    }
  }

  function put(declaration, key, value) {
    if (value !== undefined && value !== null) declaration[key] = value;
  }

  function isPlain(value) {
    if (typeof value !== "object" || value === null) return false;
    const prototype = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  }

  function withSnakeKeys(map) {
    const snake = (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [snake(key), value]));
  }

  /** A handler made of a function: the same as a class with that `process`. */
  function defineHandler(...parts) {
    const [options, process] = parts.length === 1 ? [{}, parts[0]] : parts;
    if (typeof process !== "function") {
      throw new TypeError(`defineHandler needs a function (task, sequence, step, handler), not ${textOf(process)}`);
    }
    if (process.length > 4) {
      throw new TypeError(
        `the function of defineHandler takes ${process.length} arguments; it gets task, sequence, step and handler`,
      );
    }
    if (!isPlain(options)) {
      throw new TypeError(`the options of defineHandler must be an object, not ${textOf(options)}`);
    }
    const cls = class extends StepHandler {
      process(task, sequence, step) {
        return process(task, sequence, step, this);
      }
    };
    for (const [name, value] of Object.entries(options)) {
      if (name !== "name" && !Object.hasOwn(DECLARED, name)) {
        throw new TypeError(`defineHandler has no option ${name}; it has name, ${Object.keys(DECLARED).join(", ")}`);
      }
      defineStatic(cls, name === "name" ? "handlerName" : name, value);
    }
    defineStatic(cls, "name", process.name || (typeof options.name === "string" ? options.name : "") || "handler");
    return cls;
  }

  function defineStatic(cls, name, value) {
    Object.defineProperty(cls, name, { value, writable: true, configurable: true });
  }

  /**
   * Base class of handlers that call an HTTP API: a subclass makes the call, the engine decides what
   * the response means.
   */
  class ApiStepHandler extends StepHandler {
    #client = null;

    get client() {
      return (this.#client ??= new ApiClient((...call) => hostOf(this, ...call)));
    }

    set client(client) {
      this.#client = client;
    }

    call(_task, _sequence, _step) {
      throw new PermanentError(`${this.constructor.name} must define call(task, sequence, step)`, {
        errorCode: "CALL_MISSING",
      });
    }

    results(_step, response, _initialResults) {
      return hostOf(this, "apiResults").apiResults(indexOf(response));
    }

    /** Final, as `processResults` is: a subclass defines `call` and `results`. */
    async process(task, sequence, step) {
      const response = await this.call(task, sequence, step);
      if (!(response instanceof HttpResponse)) {
        throw new PermanentError(
          `${this.constructor.name}.call must return a response of this.client, not ${textOf(response)}`,
          { errorCode: "RESPONSE_MISSING" },
        );
      }
      await hostOf(this, "apiCheck").apiCheck(indexOf(response));
      return response;
    }

    processResults(step, response, initialResults) {
      return this.results(step, response, initialResults);
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
    ApiStepHandler,
    HttpResponse,
    PermanentError,
    RetryableError,
    Sequence,
    Step,
    StepCancelled,
    StepHandler,
    StepResult,
    Subscriber,
    Task,
    TaskHandler,
    TaskerError,
    defineHandler,
    http,
  });
}

if (!globalThis[API]) {
  Object.defineProperty(globalThis, API, { value: defineApi() });
}

export const {
  ApiStepHandler,
  HttpResponse,
  PermanentError,
  RetryableError,
  Sequence,
  Step,
  StepCancelled,
  StepHandler,
  StepResult,
  Subscriber,
  Task,
  TaskHandler,
  TaskerError,
  defineHandler,
  http,
} = globalThis[API];
