/** A map with text keys that belongs to the engine: read it, do not write to it. */
export type ReadonlyMapping = Readonly<Record<string, any>>;

/** Base of the errors that this library defines. */
export class TaskerError extends Error {}

export interface RetryableErrorOptions {
  /** Seconds until the next attempt; replaces the step's backoff. Zero or more. */
  retryAfter?: number | null;
  /** The same as `retryAfter`. */
  retry_after?: number | null;
  /** Details stored with the failure; JSON-like. */
  context?: object | null;
  cause?: unknown;
}

/**
 * Raised by a handler when a later attempt may succeed: a timeout, a rate limit, a lock.
 *
 * Every other error is treated in the same way. This one adds how long to wait and details to store.
 *
 * @example
 * throw new RetryableError("gateway busy", { retryAfter: 30, context: { gateway: "eu-1" } });
 */
export class RetryableError extends TaskerError {
  /**
   * @throws {TypeError} if `retryAfter` is no finite number
   * @throws {RangeError} if it is negative
   */
  constructor(message?: string, options?: RetryableErrorOptions);
  /** Seconds until the next attempt, limited by the engine (300 s unless configured); null: the step's own backoff. */
  readonly retryAfter: number | null;
  readonly retry_after: number | null;
  readonly context: object;
}

export interface PermanentErrorOptions {
  /** A stable code for programs, such as `"CARD_DECLINED"`. */
  errorCode?: string | null;
  /** The same as `errorCode`. */
  error_code?: string | null;
  /** Details stored with the failure; JSON-like. */
  context?: object | null;
  cause?: unknown;
}

/**
 * Raised by a handler when no later attempt can succeed: bad input, a declined card. The step fails
 * at once, whatever attempts it has left.
 *
 * @example
 * throw new PermanentError("cart is empty", { errorCode: "EMPTY_CART" });
 */
export class PermanentError extends TaskerError {
  /** @throws {TypeError} if `errorCode` is no string or `context` no object */
  constructor(message?: string, options?: PermanentErrorOptions);
  readonly errorCode: string | null;
  readonly error_code: string | null;
  readonly context: object;
}

/**
 * Raised by `heartbeat` when the attempt was cancelled, or when its step belongs to another worker by
 * now. Nothing that the handler still returns is stored: clean up and let the error pass.
 */
export class StepCancelled extends TaskerError {
  constructor(message?: string, options?: { cause?: unknown });
}

/** The task a step belongs to. */
export class Task {
  constructor(data: ReadonlyMapping);
  readonly task_id: string;
  /** Namespace of the template. */
  readonly namespace: string;
  /** Name of the template. */
  readonly name: string;
  /** Version of the template, such as `"1.0.0"`. */
  readonly version: string;
  /** The input of the task, valid by the template's schema. */
  readonly context: any;
  readonly initiator: string | null;
  readonly source_system: string | null;
  readonly reason: string | null;
  readonly tags: readonly string[] | null;
  readonly correlation_id: string | null;
  /** ISO 8601 text in UTC. */
  readonly requested_at: string;
}

/** The step being attempted. */
export class Step {
  constructor(data: ReadonlyMapping);
  readonly workflow_step_id: any;
  readonly name: string;
  /** Number of this attempt: 1 on the first run. */
  readonly attempts: number;
  /** How many attempts there may be in all. */
  readonly retry_limit: number;
  readonly inputs: any;
  /** The template's `handler_config`. */
  readonly config: any;
}

/** An earlier step. */
export class StepResult {
  constructor(data: ReadonlyMapping);
  readonly name: string;
  readonly state: string;
  /** What the step stored, or null. */
  readonly results: any;
}

/**
 * What earlier steps left behind: every ancestor of the step, not only its direct parents. Far
 * ancestors are read from the database on first use, all in one read.
 */
export class Sequence {
  /**
   * @param data its optional `step_name` names the asking step in errors
   * @param lookup gives the map of a step (`name`, `state`, `results`), or null if it is no ancestor
   */
  constructor(data: ReadonlyMapping, lookup: (name: string) => ReadonlyMapping | null | undefined);
  /**
   * Results of an ancestor, or null if it stored none.
   * @throws {PermanentError} if that step is no ancestor
   */
  resultsOf(name: string): any;
  /** @throws {PermanentError} if that step is no ancestor */
  findStepByName(name: string): StepResult;
  /** The same as `resultsOf`. */
  results_of(name: string): any;
  /** The same as `findStepByName`. */
  find_step_by_name(name: string): StepResult;
}

/** How a failed step waits for its next attempt. Each key may be written with underscores too. */
export interface Backoff {
  strategy?: "none" | "fixed" | "linear" | "exponential" | (string & {});
  baseSeconds?: number;
  base_seconds?: number;
  multiplier?: number;
  capSeconds?: number;
  cap_seconds?: number;
  /** 0 to 1: by how much a wait may be longer, by chance. */
  jitter?: number;
}

/** What a handler says of itself. It holds where a template says nothing else. */
export interface HandlerDeclaration {
  /** What the handler does, in one line. */
  description?: string | null;
  /** False: a failure is final, whatever it was. */
  retryable?: boolean | null;
  /** How many attempts there may be in all. */
  retryLimit?: number | null;
  backoff?: Backoff | null;
  /** Whole seconds until an attempt is stopped. */
  timeoutSeconds?: number | null;
  /** How many attempts one worker runs at once. */
  concurrency?: number | null;
  /** JSON Schema of the step's inputs, checked before each attempt. */
  inputsSchema?: object | null;
  /** JSON Schema of what is stored, checked after each attempt. */
  resultSchema?: object | null;
  /** Names of the events that the handler publishes. */
  customEvents?: readonly string[] | null;
}

/** Details of a log line, by name. What is not JSON-like is logged as its text. */
export type LogFields = Record<string, unknown> | Error;

/** Writes lines to the engine's log, with the ids of task and step. Never raises. */
export interface Logger {
  debug(message: unknown, fields?: LogFields | null): void;
  info(message: unknown, fields?: LogFields | null): void;
  warn(message: unknown, fields?: LogFields | null): void;
  error(message: unknown, fields?: LogFields | null): void;
}

/** What a server answered: a read-only view. */
export class HttpResponse {
  /** @param data `status`, `headers`, `text` and `url`; for tests */
  constructor(data: ReadonlyMapping);
  readonly status: number;
  /** Whether the status is one of 200 to 299. */
  readonly ok: boolean;
  /** By their names in lower case; several values of one name are joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Where the answer came from: after redirects, the last URL. */
  readonly url: string;
  /**
   * The body, parsed anew with each call.
   * @throws {SyntaxError} if it is no JSON
   */
  json(): any;
}

export interface HttpOptions {
  headers?: ReadonlyMapping;
  /** Added to the query of the URL. */
  params?: ReadonlyMapping;
  /** A JSON-like body; null or undefined: none. Not together with `body`. */
  json?: unknown;
  /** A body of text. */
  body?: string;
  /** Seconds until the answer must be complete. */
  timeout?: number;
}

/**
 * The HTTP client of the engine. Any status is a response; redirects to the same origin are followed.
 * Inside the Tasker process a call blocks the handler, so that several calls run one after the other.
 *
 * Every method rejects with a `RetryableError` if there is no answer, with a `PermanentError`
 * (`HTTP_REQUEST_INVALID`) if the request cannot be sent, and with a `TaskerError` outside an engine.
 *
 * @example
 * const response = await this.http.get("https://api.example.com/orders/7", { timeout: 5 });
 * if (response.status === 404) throw new PermanentError("no such order", { errorCode: "NO_ORDER" });
 * const order = response.json();
 */
export interface Http {
  get(url: string, options?: HttpOptions): Promise<HttpResponse>;
  head(url: string, options?: HttpOptions): Promise<HttpResponse>;
  post(url: string, options?: HttpOptions): Promise<HttpResponse>;
  put(url: string, options?: HttpOptions): Promise<HttpResponse>;
  patch(url: string, options?: HttpOptions): Promise<HttpResponse>;
  delete(url: string, options?: HttpOptions): Promise<HttpResponse>;
  request(method: string, url: string, options?: HttpOptions): Promise<HttpResponse>;
}

/** The client of the attempt that runs, for code that has no handler at hand. Otherwise use `this.http`. */
export const http: Http;

/** Sends requests with the URL, headers and timeouts of `handler_config`. */
export interface ApiClient {
  /** @param url in place of the config's; a relative one is resolved against it */
  get(url?: string | null): Promise<HttpResponse>;
  /** @param json a JSON-like body; null or undefined: none */
  post(json?: unknown, url?: string | null): Promise<HttpResponse>;
  send(method: string, options?: { url?: string | null; json?: unknown }): Promise<HttpResponse>;
}

/** A request as a host gets it. */
export interface HttpRequest {
  method: string;
  url: string;
  headers?: ReadonlyMapping;
  params?: ReadonlyMapping;
  json?: unknown;
  body?: string;
  timeout_seconds?: number;
}

/** A response as a host gives it. */
export interface HttpAnswer {
  status: number;
  /** By their names in lower case. */
  headers: ReadonlyMapping;
  text: string;
  url: string;
  /** By which `apiCheck` and `apiResults` know it. */
  index?: number;
}

/**
 * What the engine gives a handler to reach the outside. A unit test gives as many of the methods as the
 * handler uses: `handler[Symbol.for("tasker.bind")](host)`, and `http[Symbol.for("tasker.bind")](host)` for
 * the module's client. A method that is missing raises a `TaskerError` when it is needed.
 */
export interface HandlerHost {
  readText(relative: string): string;
  publish(name: string, payload: object): void;
  log(level: "debug" | "info" | "warn" | "error", message: string, fields: LogFields | null): void;
  /** @param checkpoint undefined if there is none; null is one */
  heartbeat(checkpoint: unknown): void;
  checkpoint(): any;
  isCancelled(): boolean;
  http(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
  /** @param json undefined if there is no body */
  apiSend(method: string, url: string | null, json: unknown): HttpAnswer | Promise<HttpAnswer>;
  /** Raises what the response means for the step, if it is no success. */
  apiCheck(index: number | null): void | Promise<void>;
  /** What is stored of the response by default. */
  apiResults(index: number | null): any;
}

/**
 * Base class of every step handler. A new instance is made for each attempt.
 *
 * What `process` returns must be JSON-like: null, booleans, numbers, strings, arrays and plain objects.
 *
 * @example
 * export class ChargePayment extends StepHandler {
 *   process(task, sequence, step) {
 *     const cart = sequence.resultsOf("validate_cart");
 *     return { charged_cents: cart.total_cents };
 *   }
 * }
 */
export class StepHandler {
  /**
   * The name under which templates and workers know this class, in place of its own. Subclasses do
   * not inherit it, because two classes cannot share a name.
   */
  static handlerName?: string;

  /** What the handler does, in one line. Subclasses do not inherit it. */
  static description?: string | null;
  /** False: a failure is final, whatever it was. This and all that follows is inherited. */
  static retryable?: boolean | null;
  /** How many attempts there may be in all. */
  static retryLimit?: number | null;
  static backoff?: Backoff | null;
  /** Whole seconds until an attempt is stopped; a heartbeat starts them anew. */
  static timeoutSeconds?: number | null;
  /** How many attempts one worker runs at once. */
  static concurrency?: number | null;
  /** JSON Schema of the step's inputs, checked before each attempt. */
  static inputsSchema?: object | null;
  /** JSON Schema of what is stored, checked after each attempt. */
  static resultSchema?: object | null;
  /** Names of the events that the handler publishes. */
  static customEvents?: readonly string[] | null;

  constructor(config?: ReadonlyMapping | null);

  /** The template's `handler_config`, empty if there is none. */
  readonly config: any;

  /**
   * Does the work of the step and returns its output. Every handler defines it.
   * @throws {RetryableError} if a later attempt may succeed
   * @throws {PermanentError} if none can
   */
  process(task: Task, sequence: Sequence, step: Step): unknown;

  /**
   * Decides what is stored; the output itself unless overridden.
   * @param initialResults what an earlier attempt stored, or null
   */
  processResults(step: Step, output: any, initialResults: any): unknown;

  /**
   * Reads a UTF-8 text file below the `data` folder beside the template.
   * @throws {TaskerError} outside an engine
   */
  readText(relative: string): string;

  /**
   * Publishes a custom event, such as `order.shipped`. Subscribers get it after this attempt's outcome is
   * committed, whether it succeeds or fails; another attempt publishes it again.
   *
   * @param payload JSON-like, at most 64 KiB
   * @throws {PermanentError} `EVENT_INVALID`: a reserved name, a payload that cannot be sent, or more than 100 events
   * @throws {TaskerError} outside an engine
   */
  publish(name: string, payload?: object): void;

  /**
   * The engine's log. Outside an engine it writes lines to standard error. May be replaced.
   *
   * @example
   * this.logger.info("charged", { cents: 950 });
   */
  logger: Logger;

  /**
   * Tells that the step goes on: its timeout starts anew. A loop may call it as often as it likes.
   *
   * @param checkpoint JSON-like, at most 1 MiB; is stored at once, in place of the one before, for an attempt that
   *     may follow. Left out: the one before stays.
   * @throws {StepCancelled} if the attempt was cancelled or has lost its step
   * @throws {PermanentError} `CHECKPOINT_INVALID`: a checkpoint that cannot be stored
   * @throws {TaskerError} outside an engine
   */
  heartbeat(checkpoint?: unknown): void;

  /**
   * What the last heartbeat with a checkpoint left, of this attempt or an earlier one; null if there was none.
   * @throws {TaskerError} outside an engine
   */
  checkpoint(): any;

  /**
   * Whether the attempt was cancelled or has lost its step.
   * @throws {TaskerError} outside an engine
   */
  isCancelled(): boolean;

  /** Calls HTTP servers through the engine. May be replaced. */
  http: Http;
}

/** Does the work of a step; `handler` is the instance, for its config, logger, heartbeat and so on. */
export type HandlerFunction = (task: Task, sequence: Sequence, step: Step, handler: StepHandler) => unknown;

/**
 * Makes a handler of a function: the same as a class with that `process`. The file exports it; without
 * a name it is known by the name of the export.
 *
 * @example
 * export const chargePayment = defineHandler({ retryLimit: 5 }, async (task, sequence, step, handler) => {
 *   const cart = sequence.resultsOf("validate_cart");
 *   handler.logger.info("charging", { cents: cart.total_cents });
 *   return { charged_cents: cart.total_cents };
 * });
 *
 * @throws {TypeError} for an unknown option, or if there is no function
 */
export function defineHandler(
  declaration: HandlerDeclaration & { name?: string | null },
  process: HandlerFunction,
): typeof StepHandler;
export function defineHandler(process: HandlerFunction): typeof StepHandler;

/**
 * Base class of handlers that call an HTTP API: a subclass makes the call, and the engine decides what the
 * response means: a result, a failure that is tried again (429, 5xx, no answer), or one that is final
 * (most of 4xx). `handler_config` has the URL, the headers and the timeouts.
 *
 * @example
 * export class CreateLabel extends ApiStepHandler {
 *   call(task, sequence, step) {
 *     return this.client.post({ order: task.context.order_id });
 *   }
 * }
 */
export class ApiStepHandler extends StepHandler {
  /** Knows the URL, headers and timeouts of `handler_config`. May be replaced. */
  client: ApiClient;

  /** Makes the call, and gives the response that decides, whatever its status. Every subclass defines it. */
  call(task: Task, sequence: Sequence, step: Step): HttpResponse | Promise<HttpResponse>;

  /**
   * What is stored of a successful response: by default `{ status, headers, body }`, with some of the
   * headers, and the body parsed where the server calls it JSON.
   * @param initialResults what an earlier attempt stored, or null
   */
  results(step: Step, response: HttpResponse, initialResults: any): unknown;

  /** Final, as `processResults` is: define `call` and `results` instead. */
  process(task: Task, sequence: Sequence, step: Step): Promise<HttpResponse>;
}

/** A step as a hook may change it before its task is stored. */
export interface StepDefaults {
  readonly name: string;
  /** Names of parents; more may be added. */
  depends_on: string[];
  retryable: boolean;
  retry_limit: number;
  inputs: Record<string, any>;
}

/** What is stored beside a task. */
export interface Annotation {
  type: string;
  annotation: any;
}

/**
 * Base class of a template's `task_handler`: hooks that are called when a task is made and after it
 * has ended. Every hook has a default that does nothing.
 */
export class TaskHandler extends StepHandler {
  /** JSON Schema that the context must fit, beside the template's own; null for none. */
  schema(): object | null;

  /** Adjusts the steps of a task that is about to be made; changes them in place. */
  establishStepDependenciesAndDefaults(task: Task, steps: StepDefaults[]): void | Promise<void>;

  /** What to store beside a task that has ended. `sequence` gives the results of every step. */
  updateAnnotations(
    task: Task,
    sequence: Sequence,
    steps: ReadonlyArray<{ name: string; state: string; attempts: number; results: any }>,
  ): Annotation[] | Promise<Annotation[]>;
}

/**
 * Base class of event subscribers. A YAML file declares which events one gets; a new instance is made for
 * each event. `config` is that of the declaration. What `handle` throws is logged and fails no task.
 *
 * @example
 * export class Audit extends Subscriber {
 *   handle(event) {
 *     console.log(`${event.event_type} of task ${event.task_id}`);
 *   }
 * }
 */
export class Subscriber extends StepHandler {
  /**
   * Takes one event: `event_type`, `timestamp`, often `task_id`, and what else the event has. Every
   * subscriber defines it.
   */
  handle(event: ReadonlyMapping): unknown;
}
