// What the engine costs in a Node process, beside sockets; see costs.c, which has the same commands, and `memory`.
// There is no `callback`: Node takes its work from an event loop.

import { readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import net from "node:net";

import { Engine } from "../../bindings-js/engine/engine.mjs";
import { StepHandler, Subscriber } from "../../bindings-js/tasker.mjs";

const BATCHES = 5;
const BATCH = 300;
const PLAIN_CALLS = 2_000;
const TASKS = 3;
const SLOTS = 250;
const PAYLOAD = JSON.stringify({ text: "0".repeat(288) });
const QUIET_MILLIS = 300;

const nowUs = () => performance.now() * 1e3;

/** Of all threads of this process, those of the JVM included. */
function ownCpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function cpuUsOf(pid) {
  if (pid === undefined) return 0;
  const files = readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/schedstat`);
  return files.reduce((sum, file) => sum + Number.parseInt(readFileSync(file, "utf8"), 10), 0) / 1e3;
}

const rssMb = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;

const tell = (fields) => console.log(JSON.stringify(fields));

/** The times of one kind of call. */
class Samples {
  #what;
  #us = [];
  #cpuUs = 0;
  #last = null;
  lastAt = 0;

  constructor(what) {
    this.#what = what;
  }

  async measure(count, call, otherPid) {
    const cpu = ownCpuUs() + cpuUsOf(otherPid);
    for (let i = 0; i < count; i++) {
      const begin = nowUs();
      await call();
      this.#us.push(nowUs() - begin);
    }
    this.#cpuUs += ownCpuUs() + cpuUsOf(otherPid) - cpu;
  }

  /** Many calls at once, which are too short to be measured one by one. */
  measureTogether(count, call) {
    const cpu = ownCpuUs();
    const begin = nowUs();
    for (let i = 0; i < count; i++) call();
    this.#us.push((nowUs() - begin) / count);
    this.#cpuUs += (ownCpuUs() - cpu) / count;
  }

  /** Another one begins. */
  mark() {
    const now = nowUs();
    if (this.#last === null) this.#cpuUs -= ownCpuUs();
    else this.#us.push(now - this.#last);
    this.#last = now;
  }

  /** The last one that was marked has ended. */
  end() {
    this.#cpuUs += ownCpuUs();
  }

  get isQuiet() {
    return this.#last !== null && nowUs() - this.#last > QUIET_MILLIS * 1e3;
  }

  tell() {
    const p50 = this.#us.sort((left, right) => left - right)[this.#us.length >> 1];
    tell({ what: this.#what, p50_us: p50, cpu_us: this.#cpuUs / this.#us.length });
  }
}

function serve(path) {
  const lines = net.createServer((socket) => {
    socket.on("data", (data) => socket.write(data));
  });
  const web = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
    });
  });
  lines.listen(path, () => web.listen(0, "127.0.0.1", () => console.log(web.address().port)));
  process.stdin.resume().on("end", () => process.exit());
}

const openEngine = () => Engine.open({ slots: SLOTS });

async function tellStart() {
  const cpu = ownCpuUs();
  const begin = nowUs();
  await openEngine();
  tell({ what: "init and open", ms: (nowUs() - begin) / 1e3, cpu_ms: (ownCpuUs() - cpu) / 1e3 });
  process.exit();
}

class Cost extends StepHandler {
  process() {
    return 1;
  }
}

/** Holds the first event, and with it those that wait behind it, until it is let go. */
class Events extends Subscriber {
  static gate = Promise.resolve();
  static samples = new Samples("warm-up");

  async handle() {
    await Events.gate;
    Events.samples.mark();
  }
}

async function readyEngine() {
  const engine = await openEngine();
  await engine.registerHandlers(Cost, Events);
  await engine.registerTemplate(process.env.COSTS_TEMPLATE);
  return engine;
}

async function createTask(engine, number) {
  const context = { n: number, at: nowUs(), text: "0".repeat(250) };
  return (await engine.createTask(process.env.COSTS_NAME, context)).task_id;
}

/** What is left of tasks that have run: an event for each of their transitions, handed out one by one. */
async function takeEvents(engine, samples, first, count) {
  let open;
  Events.samples = samples;
  Events.gate = new Promise((resolve) => (open = resolve));
  for (let task = 0; task < count; task++) await engine.runTask(await createTask(engine, first + task));
  open();
  while (!samples.isQuiet) await new Promise((resolve) => setTimeout(resolve, QUIET_MILLIS / 3));
  samples.end();
}

/** One question at a time. */
function asker(path) {
  const socket = net.connect(path);
  let answered;
  let got = 0;
  socket.on("data", (data) => {
    got += data.length;
    if (got < PAYLOAD.length + 1) return;
    got = 0;
    answered();
  });
  return () =>
    new Promise((resolve) => {
      answered = resolve;
      socket.write(`${PAYLOAD}\n`);
    });
}

function webAsker(port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { "content-type": "application/json", "content-length": PAYLOAD.length };
  const options = { host: "127.0.0.1", port, method: "POST", agent, headers };
  return () =>
    new Promise((resolve, reject) => {
      const request = http.request(options, (response) => response.resume().on("end", resolve));
      request.on("error", reject).end(PAYLOAD);
    });
}

async function tellCalls() {
  const { ECHO_PID: server, ECHO_SOCKET: path, ECHO_PORT: port } = process.env;
  const engine = await readyEngine();
  const library = createRequire(import.meta.url)("../../bindings-js/node_modules/koffi");
  const state = library.load(`${process.env.TASKER_RUNTIME}/libtasker.so`).func("int tasker_state()");
  const question = JSON.stringify({ name: "nobody" });
  const ask = asker(path);
  const askWeb = webAsker(port);

  const measured = ["no-op", "call", "call, awaited", "unix socket", "http"].map((what) => new Samples(what));
  for (let batch = -3; batch < BATCHES; batch++) {
    const parts = batch < 0 ? measured.map(() => new Samples("warm-up")) : measured;
    parts[0].measureTogether(PLAIN_CALLS, state);
    await parts[1].measure(BATCH, () => engine.callNow("unsubscribe", question));
    await parts[2].measure(BATCH, () => engine.unsubscribe("nobody"));
    await parts[3].measure(BATCH, ask, server);
    await parts[4].measure(BATCH, askWeb, server);
  }

  await engine.subscribe(Events, { events: "step.*" });
  await takeEvents(engine, new Samples("warm-up"), 0, 2);
  const item = new Samples("work item");
  await takeEvents(engine, item, 2, TASKS);
  for (const samples of [...measured, item]) samples.tell();
  process.exit();
}

/** An Express application that does nothing. Gives its version. */
async function startExpress() {
  const load = createRequire(new URL("../../examples-js/express-app/app.mjs", import.meta.url));
  const express = load("express");
  const app = express();
  app.get("/up", (request, response) => response.json({ status: "up" }));
  const server = await new Promise((resolve) => {
    const listening = app.listen(0, "127.0.0.1", () => resolve(listening));
  });
  await (await fetch(`http://127.0.0.1:${server.address().port}/up`)).text();
  return load("express/package.json").version;
}

async function tellMemory() {
  let version;
  try {
    version = await startExpress();
  } catch (problem) {
    if (problem.code !== "MODULE_NOT_FOUND") throw problem;
    tell({ skipped: problem.message.split("\n")[0] });
    return;
  }
  const before = rssMb();
  const engine = await readyEngine();
  const opened = rssMb();
  await engine.worker().start();
  for (let number = 0; number < 5; number++) {
    await engine.wait(await createTask(engine, number), { timeoutMs: 60_000 });
  }
  tell({ framework: `Express ${version}`, bare_mb: before, opened_mb: opened, after_mb: rssMb(), steps: 1_000 });
  process.exit();
}

const [command, path] = process.argv.slice(2);
const commands = { serve: () => serve(path), start: tellStart, calls: tellCalls, memory: tellMemory };
if (!(command in commands)) throw new Error("usage: calls.mjs serve SOCKET | start | calls | memory");
await commands[command]();
