// A worker in Node: node worker.mjs HANDLER_FILE... Ends on SIGTERM.
import path from "node:path";
import { pathToFileURL } from "node:url";

import { Engine } from "tasker/engine";

const modules = await Promise.all(process.argv.slice(2).map((file) => import(pathToFileURL(path.resolve(file)))));
const engine = await Engine.open({ slots: 4 });
await engine.registerHandlers(...modules);
await engine.worker().start();
process.once("SIGTERM", () => engine.close());
console.log("ready");
