// The engine of a worker thread.
import { parentPort, workerData } from "node:worker_threads";

import { defineHandler } from "tasker";
import { openEngine, template } from "./engines.mjs";

const { name } = workerData;
const engine = await openEngine();
await engine.registerHandlers(defineHandler({ name: `H_${name}` }, () => "from a thread"));
await engine.registerTemplate(template(name, [["work", `H_${name}`]]));
await engine.worker().start();
const task = await engine.createTask(name);
const state = await engine.wait(task, { timeoutMs: 10_000 });
const { steps } = await engine.task(task);
parentPort.postMessage({ state, results: steps[0].results });
await engine.close(1_000);
