import type { StepHandler, Subscriber, TaskerError } from "../tasker.js";

export interface LibraryOptions {
  /** The runtime folder, with `libtasker.so`; default: TASKER_RUNTIME, else `runtime` in the package. */
  runtime?: string;
  /** A JDK; default: that of the runtime folder, TASKER_JAVA_HOME, JAVA_HOME, the usual folders. */
  javaHome?: string;
  /** Memory of the JVM; default 256. */
  heapMaxMb?: number;
  /** More options of the JVM, split at blanks. */
  jvmOptions?: string;
  /** Where the JVM logs; default: standard error. */
  logFile?: string;
}

/** Takes warnings and errors, such as `console`, or pino. */
export interface EngineLogger {
  warn(message: string): void;
  error(message: string): void;
}

/** Those of the library count for the first engine of a process only. */
export interface EngineOptions extends LibraryOptions {
  /** `postgresql://user@host:port/database`; default: TASKER_DATABASE_URL. */
  databaseUrl?: string;
  /** How many handlers run at once; default 10. */
  slots?: number;
  /** True: brings the schema up to date first. */
  migrate?: boolean;
  /** The name of the queue that runs the tasks of this engine, such as `bullmq`. */
  enqueuer?: string;
  /** Keys of the configuration, such as `{ "engine.lease": "30s" }`. */
  settings?: Record<string, string | number | boolean>;
  /** Who acts, where an action names nobody; default: the user of the process. */
  operator?: string;
  /** Default: `console`. */
  logger?: EngineLogger;
}

/** An id, or what `createTask` and `task` gave. */
export type TaskReference = number | string | { task_id: number | string };
/** An id, or the name of a step in a task. */
export type StepReference = number | string | { task_id: number | string; step: string };
/** Handlers: classes, functions of `defineHandler`, or objects of them, such as a module. */
export type Handlers = typeof StepHandler | object;

/** Who acts, and why; both stand in the audit trail. */
export interface By {
  operator?: string;
  reason?: string;
}

/** What a task is asked for with, beside template and context; see docs/creating-tasks.md. */
export interface TaskRequest {
  initiator?: string;
  source_system?: string;
  reason?: string;
  tags?: string[];
  priority?: number;
  bypass_steps?: string[];
  correlation_id?: string;
  parent_correlation_id?: string;
  start_at?: string | Date;
  delay_seconds?: number;
  deadline_seconds?: number;
  requested_at?: string | Date;
  draft?: boolean;
  identity_strategy?: string;
  idempotency_key?: string;
  /** Default: the enqueuer of the engine; null: the workers run it. */
  enqueuer?: string | null;
  annotations?: { type: string; value: unknown }[];
  /** `skip`: a duplicate gives the task that exists, with `created: false`. */
  duplicates?: "refuse" | "skip";
}

export interface CreatedTask {
  task_id: number;
  created: boolean;
}

export interface RegisteredTemplate {
  named_task_id: number;
  namespace: string;
  name: string;
  version: string;
  outcome: string;
}

export interface TaskDocument {
  task_id: any;
  state: string;
  steps: { name: string; state: string; attempts: number; results: any; [key: string]: any }[];
  transitions?: any[];
  [key: string]: any;
}

export interface Change {
  task_id: number;
  step: string | null;
  from_state: string | null;
  to_state: string;
  at: string;
}

export interface WaitReason {
  reason: string;
  explanation: string;
  waits_until: string | null;
  details: Record<string, any>;
}

/** What became of a job. A task that is to come back was handed to its queue already. */
export interface Verdict {
  verdict: "ended" | "again" | "nothing_to_do";
  task_id: number;
  /** Of a task that has ended. */
  state?: string;
  /** When a task comes back, and why. */
  delay_ms?: number;
  reason?: string;
}

/** A task that is due for its queue. */
export interface DueTask {
  task_id: number;
  delay_ms: number;
  reason: string;
}

/** Which events a subscriber takes. */
export interface SubscribeOptions {
  /** Exact names, `step.*` or `*`. */
  events: string | string[];
  /** The name of the subscription, under which the position of a durable one is kept; default: that of the class. */
  name?: string;
  /** Only events about the tasks of this template: `[namespace.]name[@version]`. */
  template?: string;
  /** Whether it gets the transitions that any process makes, at least once and in order. */
  durable?: boolean;
  /** What the class sees as `config`. */
  config?: object;
}

/**
 * The engine of Tasker inside this process. All methods reject with an `EngineError`.
 *
 * @example
 * await using engine = await Engine.open({ databaseUrl: "postgresql://localhost/shop", migrate: true });
 * await engine.registerHandlers(await import("./handlers.mjs"));
 * await engine.registerTemplate("order.yaml");
 * await engine.worker().start();
 * const { task_id } = await engine.createTask("shop.order", { order_id: 7 });
 */
export class Engine {
  private constructor();
  /** Opens an engine; starts the library first, if this is the first one of the process. */
  static open(options?: EngineOptions): Promise<Engine>;

  logger: EngineLogger;
  readonly enqueuer: string | null;
  readonly isClosed: boolean;

  /**
   * Stops claiming, lets running handlers finish, gives back what does not, and closes.
   * @param timeoutMs default 30,000
   */
  close(timeoutMs?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;

  /** @param template a path, or YAML text of several lines */
  registerTemplate(template: string, options?: { environment?: string }): Promise<RegisteredTemplate>;
  /**
   * Makes handlers known, with what they declare. Their names: a declared one, that of the export, that of the class.
   * @return their keys
   */
  registerHandlers(...handlers: Handlers[]): Promise<string[]>;

  /**
   * Lets a class that extends `Subscriber` take events, on the event loop of this process.
   * @example await engine.subscribe(Alerts, { events: ["task.failed", "order.*"], config: { channel: "ops" } });
   * @return the name of the subscription
   */
  subscribe(subscriber: typeof Subscriber, options: SubscribeOptions): Promise<string>;
  /** Ends a subscription; tells whether there was one of that name. */
  unsubscribe(name: string): Promise<boolean>;

  createTask(template: string, context?: object, request?: TaskRequest): Promise<CreatedTask>;
  task(task: TaskReference, options?: { transitions?: boolean }): Promise<TaskDocument>;
  /**
   * Waits until a task has ended, whoever runs it; gives its state.
   * @throws {TimeoutError}
   */
  wait(task: TaskReference, options?: { timeoutMs?: number }): Promise<string>;

  launch(task: TaskReference, by?: By): Promise<Change[]>;
  pause(task: TaskReference, by?: By): Promise<Change[]>;
  resume(task: TaskReference, by?: By): Promise<Change[]>;
  cancel(task: TaskReference, by?: By): Promise<Change[]>;
  retry(task: TaskReference, by?: By & { resetAttempts?: boolean }): Promise<Change[]>;
  resolve(task: TaskReference, by?: By): Promise<Change[]>;

  retryStep(step: StepReference, by?: By & { resetAttempts?: boolean }): Promise<Change[]>;
  resolveStep(step: StepReference, by?: By): Promise<Change[]>;
  completeStep(step: StepReference, results: unknown, by?: By): Promise<Change[]>;
  skipStep(step: StepReference, by?: By): Promise<Change[]>;
  cancelStep(step: StepReference, by?: By): Promise<Change[]>;
  /** Why a step is not running: every reason that holds now. */
  why(step: StepReference): Promise<WaitReason[]>;

  /** A worker of this engine; call its `start`. */
  worker(): Worker;
  /** For queue adapters: from now on, tasks that are due are given to the function. */
  takeEnqueues(enqueue: (task: DueTask) => unknown): void;
  /** For jobs of a queue: runs the steps of a task that can run here now. */
  runTask(task: TaskReference): Promise<Verdict>;
}

/**
 * Runs the steps of all tasks that name no enqueuer, with the handlers of an engine: as many at once as the engine has
 * slots.
 */
export class Worker {
  constructor(engine: Engine);
  start(): Promise<this>;
  /** Closes the engine: what runs may finish within the time, what does not is given back. */
  stop(timeoutMs?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Base of the errors of an engine. */
export class EngineError extends TaskerError {
  /** A stable code for programs, such as `TASK_NOT_FOUND`. */
  readonly code: string;
  readonly details: Record<string, any>;
}
/** The input is wrong: correct it. */
export class InvalidError extends EngineError {}
/** It does not exist. */
export class NotFoundError extends EngineError {}
/** It exists in another form or state. */
export class ConflictError extends EngineError {}
/** The database cannot be used now, or takes no more tasks for the moment: try again later. */
export class UnavailableError extends EngineError {}
/** The engine is closed, or closes. */
export class ClosedError extends EngineError {}
/** The process was forked after the library was started. */
export class ForkedError extends EngineError {}
/** The library or its JVM was not found, or did not start. */
export class StartError extends EngineError {}
/** Nothing came within the time. */
export class TimeoutError extends EngineError {}
/** A bug of Tasker. */
export class InternalError extends EngineError {}
