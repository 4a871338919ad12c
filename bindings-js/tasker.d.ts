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

/** What the engine gives a handler to reach the outside. */
export interface HandlerHost {
  readText(relative: string): string;
  publish(name: string, payload: object): void;
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
