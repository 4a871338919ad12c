// Runs a job whose handler never ends: hanging-job.mjs TEMPLATE HANDLER
import { defineHandler } from "tasker";
import { AT_ONCE, openEngine, template } from "./engines.mjs";

const [name, handler] = process.argv.slice(2);
const engine = await openEngine({ enqueuer: process.env.ENQUEUER, settings: { "reenqueue.repeat": "2s" } });
await engine.registerHandlers(
  defineHandler({ name: handler }, () => {
    console.log("running");
    return new Promise(() => {});
  }),
);
await engine.registerTemplate(template(name, [["work", handler, AT_ONCE]]));
const task = await engine.createTask(name);
console.log(JSON.stringify(task));
// Here, and not by a job: so it is this process that runs it.
await engine.runTask(task);
