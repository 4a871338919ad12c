// Runs the handlers of conformance/handlers in an engine of this process. Each line that it reads is the path of a
// template to register, and is answered by a line; it ends with its input.

import { createInterface } from "node:readline";

import { Subscriber } from "tasker";
import { Engine } from "tasker/engine";

/** Tells of each event on standard error. */
class Listener extends Subscriber {
  handle(event) {
    process.stderr.write(`event ${jsonOf(event)}\n`);
  }
}

const handlers = await import(process.env.CONFORMANCE_HANDLERS);

const engine = await Engine.open({
  slots: 4,
  settings: { "engine.lease": "3s", "engine.poll_interval": "50ms" },
  jvmOptions: "-Dorg.slf4j.simpleLogger.log.tasker.handler=debug",
});
await engine.registerHandlers(handlers);
await engine.subscribe(Listener, { events: process.env.EVENTS.split(" ") });
await engine.worker().start();
console.log("ready");
for await (const path of createInterface({ input: process.stdin })) console.log(await answer(path));
await engine.close();

/** JSON, also of BigInts. */
function jsonOf(value) {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(",")}]`;
  return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${jsonOf(each)}`).join(",")}}`;
}

async function answer(path) {
  try {
    await engine.registerTemplate(path);
    return "registered";
  } catch (error) {
    return `${error.code}: ${error.message}`.replaceAll("\n", " ");
  }
}
