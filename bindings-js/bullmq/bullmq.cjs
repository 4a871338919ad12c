"use strict";
/**
 * Tasks run by jobs of BullMQ: the engine decides whether and when a task comes back, BullMQ runs it.
 */

const { setTimeout: delay } = require("node:timers/promises");
const { InvalidError } = require("../engine/engine.cjs");

const CLOSE_MILLIS = 30_000;
const JOB = "task";
const FAILED_KEPT_MAX = 1_000;
const WARN_AGAIN_MILLIS = 10_000;

function bullmq() {
  try {
    return require("bullmq");
  } catch (cause) {
    throw new InvalidError("tasker/bullmq needs the package bullmq: npm install bullmq", {
      code: "OPTION_INVALID",
      cause,
    });
  }
}

/**
 * The queue of an engine that was opened with an enqueuer: takes tasks that are due from the engine, and adds a job for
 * each. Needed in every process that creates tasks; `worker` makes what runs the jobs.
 */
class TaskQueue {
  #engine;
  #options;
  #workers = new Set();
  #warned = "";
  #warnedAt = 0;

  /** @param options of BullMQ's queue; also `name` (default: the engine's enqueuer) and `jobOptions` */
  constructor(engine, { name = engine.enqueuer, jobOptions = {}, ...options } = {}) {
    if (engine.enqueuer === null) {
      throw new InvalidError("the engine has no enqueuer: Engine.open({ enqueuer: \"bullmq\", ... })", {
        code: "OPTION_INVALID",
      });
    }
    const { Queue } = bullmq();
    this.#engine = engine;
    this.#options = options;
    /** BullMQ's own queue. */
    this.queue = new Queue(name, options);
    this.queue.on("error", (problem) => this.#warn(problem));
    // The job is not tried again by the queue: whatever goes wrong, the engine hands the task over again.
    const all = { removeOnComplete: true, removeOnFail: { count: FAILED_KEPT_MAX }, ...jobOptions, attempts: 1 };
    engine.takeEnqueues(({ task_id, delay_ms: delay, reason }) =>
      this.queue.add(JOB, { task_id, reason }, { ...all, delay }),
    );
  }

  /** BullMQ's worker that runs the jobs; register the handlers first. Options are those of BullMQ. */
  worker(options = {}) {
    const { Worker } = bullmq();
    const run = (job) => this.#engine.runTask(job.data.task_id);
    const worker = new Worker(this.queue.name, run, { concurrency: 10, ...this.#options, ...options });
    worker.on("error", (problem) => this.#warn(problem));
    this.#workers.add(worker);
    return worker;
  }

  /** BullMQ tells the same trouble many times a second. */
  #warn(problem) {
    const message = String(problem);
    if (message === this.#warned && Date.now() - this.#warnedAt < WARN_AGAIN_MILLIS) return;
    this.#warned = message;
    this.#warnedAt = Date.now();
    this.#engine.logger.warn(`tasker: the queue ${this.queue.name}: ${message}`);
  }

  /**
   * Takes no more jobs, lets running ones finish within the time, and closes. Close the engine afterwards: it gives
   * back what is left.
   */
  async close(timeoutMs = CLOSE_MILLIS) {
    const workers = Promise.all([...this.#workers].map((worker) => worker.close()));
    const late = new AbortController();
    const limit = delay(timeoutMs, undefined, { signal: late.signal }).catch(() => {});
    await Promise.race([workers, limit]);
    late.abort();
    await this.queue.close();
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.close();
  }
}

module.exports = { TaskQueue };
