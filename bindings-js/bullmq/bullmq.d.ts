import type { JobsOptions, Queue, QueueOptions, Worker, WorkerOptions } from "bullmq";

import type { Engine, Verdict } from "../engine/engine.js";

export interface TaskQueueOptions extends QueueOptions {
  /** Name of BullMQ's queue; default: the enqueuer of the engine. */
  name?: string;
  /** Options of each job. `attempts` is always 1: the engine decides whether a task comes back. */
  jobOptions?: Omit<JobsOptions, "attempts" | "delay">;
}

/** What a job carries. */
export interface TaskJob {
  task_id: number;
  reason: string;
}

/**
 * The queue of an engine that was opened with an enqueuer: takes tasks that are due from the engine, and adds a job for
 * each. Needed in every process that creates tasks; `worker` makes what runs the jobs.
 *
 * @example
 * const engine = await Engine.open({ enqueuer: "bullmq" });
 * const queue = new TaskQueue(engine, { connection: { host: "127.0.0.1", port: 6379 } });
 * await engine.registerHandlers(handlers);
 * queue.worker({ concurrency: 10 });
 */
export class TaskQueue {
  constructor(engine: Engine, options: TaskQueueOptions);
  /** BullMQ's own queue. */
  readonly queue: Queue<TaskJob, Verdict>;
  /** BullMQ's worker that runs the jobs; register the handlers first. */
  worker(options?: Partial<WorkerOptions>): Worker<TaskJob, Verdict>;
  /**
   * Takes no more jobs, lets running ones finish within the time, and closes. Close the engine afterwards: it gives
   * back what is left.
   * @param timeoutMs default 30,000
   */
  close(timeoutMs?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
