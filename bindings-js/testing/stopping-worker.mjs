// A worker that tells of its signals, and stops at SIGTERM.
import { openEngine } from "./engines.mjs";

const engine = await openEngine();
for (const signal of ["SIGUSR2", "SIGHUP"]) process.on(signal, () => console.log(signal));
process.on("SIGTERM", async () => {
  console.log("SIGTERM");
  await engine.close(1_000);
});
await engine.worker().start();
console.log("started");
