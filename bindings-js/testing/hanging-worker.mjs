// A worker whose handler never ends: hanging-worker.mjs TEMPLATE HANDLER
import { defineHandler } from "tasker";
import { AT_ONCE, openEngine, template } from "./engines.mjs";

const [name, handler] = process.argv.slice(2);
const engine = await openEngine();
await engine.registerHandlers(
  defineHandler({ name: handler }, () => {
    console.log("running");
    return new Promise(() => {});
  }),
);
await engine.registerTemplate(template(name, [["work", handler, AT_ONCE]]));
await engine.worker().start();
console.log(JSON.stringify(await engine.createTask(name)));
