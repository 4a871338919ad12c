// Starts the parts of the app as processes, and plays the carrier. Needs TASKER_DATABASE_URL, REDIS_URL and
// TASKER_RUNTIME; without them the tests are skipped.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const START = fileURLToPath(new URL("../start", import.meta.url));
const LOOK_MILLIS = 50;
/** The first start installs packages. */
const START_MILLIS_MAX = 120_000;

const missing = ["TASKER_DATABASE_URL", "REDIS_URL", "TASKER_RUNTIME"].filter((name) => !process.env[name]);

/** For the `skip` option of a test: why it cannot run, or false. */
export const skip = missing.length > 0 && `set ${missing.join(", ")} to test the app`;

/** Looks again and again, until something is there. */
export async function eventually(look, what, millis = 30_000) {
  const end = Date.now() + millis;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${millis} ms`);
    await delay(LOOK_MILLIS);
  }
}

export async function startApp() {
  const carrier = await Carrier.start();
  const port = await freePort();
  const app = new App(port, carrier);
  app.start("web");
  app.worker = app.start("worker");
  try {
    await eventually(() => app.isUp(), "the web process serves", START_MILLIS_MAX);
    return app;
  } catch (problem) {
    await app.stop();
    throw problem;
  }
}

class App {
  #parts = new Set();
  #url;
  #env;

  constructor(port, carrier) {
    this.carrier = carrier;
    this.#url = `http://127.0.0.1:${port}`;
    this.#env = {
      ...process.env,
      PORT: String(port),
      CARRIER_URL: carrier.url,
      TASKER_ENGINE__LEASE: "3s",
      TASKER_REENQUEUE__REPEAT: "3s",
    };
  }

  /** Starts `web` or `worker`; gives the process. */
  start(part) {
    const child = spawn(START, [part], { env: this.#env, stdio: ["ignore", "ignore", "inherit"] });
    child.exited = once(child, "exit");
    this.#parts.add(child);
    return child;
  }

  async stop() {
    for (const child of this.#parts) child.kill("SIGKILL");
    await Promise.all([...this.#parts].map((child) => child.exited));
    this.carrier.stop();
  }

  isUp() {
    return this.get("/up").then(({ status }) => status === 200, () => false);
  }

  async get(path) {
    return answered(await fetch(this.#url + path));
  }

  /** Posts JSON, or a text as it is. */
  async post(path, body, headers = {}) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const all = { "Content-Type": "application/json", ...headers };
    return answered(await fetch(this.#url + path, { method: "POST", headers: all, body: text }));
  }

  /** Posts a task, and waits until it has ended; gives its document. */
  async run(path, body) {
    const { location } = await this.post(path, body);
    return this.ended(location);
  }

  ended(location) {
    const look = async () => {
      const { body } = await this.get(location);
      return ["complete", "error"].includes(body.state) && body;
    };
    return eventually(look, `${location} ends`);
  }
}

async function answered(response) {
  return { status: response.status, location: response.headers.get("location"), body: await response.json() };
}

/** A carrier that answers what the test wants, and keeps what it was asked. */
class Carrier {
  requests = [];
  #answers = [];
  #server;

  static async start() {
    const carrier = new Carrier();
    carrier.#server = createServer((request, response) => carrier.#take(request, response)).listen(0, "127.0.0.1");
    await once(carrier.#server, "listening");
    return carrier;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** The answers of the next requests: `[status, body]`, or a promise of one. Begins anew. */
  answers(...answers) {
    this.requests = [];
    this.#answers = answers;
  }

  async asked(count = 1) {
    await eventually(() => this.requests.length >= count, `the carrier is asked ${count} times`);
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request, response) {
    const answer = this.#answers.shift() ?? [500, { error: "an answer that the test did not expect" }];
    const body = await new Response(request).json();
    this.requests.push({ path: request.url, key: request.headers["idempotency-key"], body });
    const [status, json] = await answer;
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(json));
  }
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
