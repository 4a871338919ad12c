// Forks itself with an engine open, as cluster does it: the child opens its own.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { openEngine } from "./engines.mjs";

const engine = await openEngine();
if (process.argv[2] === "child") {
  console.log("child opened");
} else {
  const child = fork(fileURLToPath(import.meta.url), ["child"]);
  child.on("exit", (code) => console.log(`parent saw ${code}`));
}
await engine.close();
