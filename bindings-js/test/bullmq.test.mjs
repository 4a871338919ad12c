// Tasks as jobs of BullMQ: the real library, a real database, a real Redis.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { RetryableError, defineHandler } from "tasker";
import * as adapter from "tasker/bullmq";
import { deferred, openEngine, skip as noEngine, startReadme, startScript, template, unique, within } from "../testing/engines.mjs";

const { TaskQueue } = adapter;
const require = createRequire(import.meta.url);

/** Why there is no BullMQ, or no Redis; else false. */
function noRedis() {
  for (const name of ["bullmq", "ioredis"]) {
    try {
      require.resolve(name);
    } catch {
      return `npm install ${name} to test with BullMQ`;
    }
  }
  if (process.env.TASKER_TEST_REDIS_PORT) return false;
  try {
    execFileSync("redis-server", ["--version"]);
    return false;
  } catch {
    return "install redis-server, or set TASKER_TEST_REDIS_PORT, to test with BullMQ";
  }
}

/** Starts a Redis of our own on a free port, unless one is named. */
async function startRedis() {
  if (process.env.TASKER_TEST_REDIS_PORT) return { port: Number(process.env.TASKER_TEST_REDIS_PORT), stop() {} };
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  const folder = mkdtempSync(path.join(tmpdir(), "tasker-redis-"));
  const options = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", "", "--appendonly", "no"];
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  await within(
    10_000,
    new Promise((ready) => {
      server.stdout.on("data", (text) => (output += text).includes("Ready to accept connections") && ready());
    }),
    "Redis",
  );
  const stop = async () => {
    server.kill();
    await once(server, "exit");
    rmSync(folder, { recursive: true });
  };
  return { port, stop };
}

describe("module", () => {
  test("both module systems hand out the same class", () => {
    assert.equal(require("tasker/bullmq").TaskQueue, TaskQueue);
  });

  test("an engine without an enqueuer is refused", () => {
    assert.throws(() => new TaskQueue({ enqueuer: null }), /has no enqueuer: Engine\.open\(\{ enqueuer/);
  });
});

describe("BullMQ", { skip: noEngine || noRedis() }, () => {
  const enqueuer = unique("bull");
  const settings = { "reenqueue.repeat": "2s" };
  let redis;
  let engine;
  let queue;
  let worker;
  let connection;

  before(async () => {
    redis = await startRedis();
    connection = { host: "127.0.0.1", port: redis.port };
    engine = await openEngine({ enqueuer, settings });
    queue = new TaskQueue(engine, { connection });
    await within(5_000, queue.queue.waitUntilReady(), "the queue");
    worker = queue.worker({ concurrency: 20 });
  });

  after(async () => {
    await queue?.close();
    await engine?.close(2_000);
    await redis?.stop();
  });

  /** Makes a template with one step for a function; gives its name. */
  async function define(process, options = {}) {
    const [name, handler] = [unique("task"), unique("Handler")];
    await engine.registerHandlers(defineHandler({ name: handler }, process));
    await engine.registerTemplate(template(name, [["first", handler, options], ["second", handler, { ...options, depends_on_step: "first" }]]));
    return name;
  }

  test("a task is run by its job", async () => {
    const name = await define((task, sequence, step) => `${step.name} of ${task.context.n}`);

    const task = await engine.createTask(name, { n: 7 });

    assert.equal(await engine.wait(task, { timeoutMs: 10_000 }), "complete");
    const { steps } = await engine.task(task);
    assert.deepEqual(steps.map((step) => step.results).sort(), ["first of 7", "second of 7"]);
  });

  test("a step that fails is tried again at the time that the engine computed", async () => {
    const at = [];
    const name = await define((task, sequence, step) => {
      if (step.name === "second") return null;
      at.push(Date.now());
      if (at.length === 1) throw new RetryableError("busy", { retryAfter: 1.2 });
      return "done";
    });
    const delays = [];
    const add = queue.queue.add.bind(queue.queue);
    queue.queue.add = (job, data, options) => {
      delays.push([data.reason, options.delay]);
      return add(job, data, options);
    };

    const task = await engine.createTask(name);
    await engine.wait(task, { timeoutMs: 15_000 });
    delete queue.queue.add;

    assert.ok(at[1] - at[0] >= 1_190, `after ${at[1] - at[0]} ms`);
    assert.ok(at[1] - at[0] < 3_500, `after ${at[1] - at[0]} ms`);
    const [, delay] = delays.find(([reason]) => reason === "retry_backoff");
    assert.ok(delay > 800 && delay <= 1_200, `delay ${delay}`);
  });

  test("a job that was lost is handed over again", async () => {
    const name = await define(() => 1);
    const lost = deferred();
    const add = queue.queue.add.bind(queue.queue);
    queue.queue.add = async (...job) => {
      queue.queue.add = add;
      lost.resolve(job[1]);
    };

    const task = await engine.createTask(name);

    assert.equal((await within(10_000, lost.promise)).task_id, task.task_id);
    assert.equal(await engine.wait(task, { timeoutMs: 15_000 }), "complete");
  });

  test("a second job finds nothing to do", async () => {
    const [started, end] = [deferred(), deferred()];
    let runs = 0;
    const name = await define(async () => {
      runs++;
      started.resolve();
      await end.promise;
      return 1;
    });
    const task = await engine.createTask(name);
    await within(10_000, started.promise);
    const first = deferred();
    worker.on("completed", ({ data }) => data.task_id === task.task_id && first.resolve());

    assert.equal((await engine.runTask(task)).verdict, "nothing_to_do");
    end.resolve();
    // Longer than its task: until then it has the task.
    await within(10_000, first.promise, "the first job");

    assert.equal(runs, 2);
    const { verdict, state } = await engine.runTask(task);
    assert.deepEqual([verdict, state], ["ended", "complete"]);
  });

  test("jobs take no thread of Node's pool while they run", async () => {
    const all = deferred();
    let running = 0;
    const name = await define(async (task, sequence, step) => {
      // More than the pool has threads, and no more than the engine has slots.
      if (step.name === "first" && ++running === 8) all.resolve();
      await all.promise;
      return 1;
    });

    const tasks = await Promise.all(Array.from({ length: 8 }, () => engine.createTask(name)));

    const states = await within(30_000, Promise.all(tasks.map((task) => engine.wait(task))), "eight tasks at once");
    assert.deepEqual(new Set(states), new Set(["complete"]));
  });

  test("tasks of the engine go to its queue, unless they are to be left to the workers", async () => {
    const name = await define(() => 1);

    const own = await engine.createTask(name);
    const other = await engine.createTask(name, {}, { enqueuer: null });

    assert.equal((await engine.task(own)).enqueuer, enqueuer);
    assert.equal((await engine.task(other)).enqueuer, null);
    await engine.wait(own, { timeoutMs: 10_000 });
  });

  test("the program of the README runs a task", async () => {
    const script = startReadme("jobs.mjs", { REDIS_PORT: String(redis.port) });

    await within(30_000, script.line("complete"));
    assert.deepEqual(await within(30_000, script.exited), [0, null]);
  });

  test("closing waits for the jobs that run", async () => {
    const [started, end] = [deferred(), deferred()];
    const { own, ownQueue, task } = await runOwn(async () => {
      started.resolve();
      return end.promise;
    });
    await within(10_000, started.promise);

    const closed = ownQueue.close();
    end.resolve("done");

    await within(10_000, closed, "closing the queue");
    assert.equal((await own.task(task)).state, "complete");
    await own.close(1_000);
  });

  test("closing gives a job that does not end back when its time is over", async () => {
    const started = deferred();
    const { own, ownQueue, task } = await runOwn(() => {
      started.resolve();
      return new Promise(() => {});
    });
    await within(10_000, started.promise);

    await within(10_000, ownQueue.close(100), "closing the queue");
    await within(10_000, own.close(100), "closing the engine");

    const [step] = (await engine.task(task)).steps;
    assert.deepEqual([step.state, step.attempts], ["pending", 0]);
  });

  /** Runs a task with one step in an engine and a queue of its own. */
  async function runOwn(process) {
    const [name, handler, other] = ["own", "Own", "other"].map(unique);
    const own = await openEngine({ enqueuer: other, settings });
    const ownQueue = new TaskQueue(own, { connection });
    await own.registerHandlers(defineHandler({ name: handler }, process));
    await own.registerTemplate(template(name, [["work", handler]]));
    ownQueue.worker();
    return { own, ownQueue, task: await own.createTask(name) };
  }

  test("another process goes on where one was killed", async () => {
    const [name, handler, other] = ["killed", "Killed", "other"].map(unique);
    const script = startScript("hanging-job.mjs", [name, handler], { ENQUEUER: other });
    const { task_id } = JSON.parse(await within(30_000, script.line("{")));
    await within(30_000, script.line("running"));
    const own = await openEngine({ enqueuer: other, settings });
    const ownQueue = new TaskQueue(own, { connection });
    try {
      await own.registerHandlers(defineHandler({ name: handler }, (task, sequence, step) => `attempt ${step.attempts}`));
      ownQueue.worker();
      script.child.kill("SIGKILL");

      assert.equal(await own.wait(task_id, { timeoutMs: 20_000 }), "complete");
      assert.equal((await own.task(task_id)).steps[0].results, "attempt 2");
    } finally {
      await ownQueue.close();
      await own.close(1_000);
    }
  });
});
