// What the tests of the engine share. They need TASKER_RUNTIME (a runtime folder) and TASKER_TEST_DATABASE_URL (a
// database of their own); without them they are skipped.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Engine } from "tasker/engine";

const missing = ["TASKER_RUNTIME", "TASKER_TEST_DATABASE_URL"].filter((name) => !process.env[name]);

/** For the `skip` option of a test: why it cannot run, or false. */
export const skip = why();

function why() {
  if (missing.length > 0) return `set ${missing.join(" and ")} to test the engine`;
  try {
    createRequire(import.meta.url).resolve("koffi");
    return false;
  } catch {
    return "npm install, to test the engine";
  }
}

export const databaseUrl = process.env.TASKER_TEST_DATABASE_URL;

/** A name that no other run uses. */
export const unique = (name) => `${name}_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;

export function openEngine(options = {}) {
  return Engine.open({
    databaseUrl,
    migrate: true,
    // What the tests break on purpose would fill the log.
    jvmOptions: "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
    ...options,
    settings: { "engine.lease": "2s", ...options.settings },
  });
}

/** YAML of a template of JavaScript steps; each is `[name, handler, options]`. */
export function template(name, steps, more = "") {
  const lines = steps.map(([step, handler, options = {}]) => {
    return `  - ${JSON.stringify({ name: step, handler_class: handler, ...options })}`;
  });
  return `name: ${name}\ndefault_runtime: javascript\n${more}step_templates:\n${lines.join("\n")}\n`;
}

/** The backoff that keeps tests fast. */
export const AT_ONCE = { backoff: { strategy: "none" } };

/** A promise with its functions. */
export function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

/** Rejects when a promise takes too long. */
export async function within(millis, promise, what = "it") {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${millis} ms`)), millis);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a program of the README, which ends when it has run its task. */
export function startReadme(name, env = {}) {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, code] = readme.match(new RegExp(`^\`\`\`js\\n(// ${name}\\n.*?)^\`\`\`$`, "ms"));
  const folder = new URL("../target/readme/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(name, folder), code);
  return startScript(new URL(name, folder), [], { ONCE: "1", TASKER_DATABASE_URL: databaseUrl, ...env });
}

/** Starts a script of this folder as a process; `line(start)` waits for a line that it prints. */
export function startScript(name, args = [], env = {}) {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A script that hangs fails its test; it does not keep the others from ending.
  for (const part of [child, child.stdout, child.stderr]) part.unref();
  process.on("exit", () => child.kill("SIGKILL"));
  const output = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => output.push(line));
  child.stderr.on("data", (text) => output.push(`stderr: ${text}`));
  const exited = once(child, "exit");
  const line = async (start) => {
    while (true) {
      const found = output.find((each) => each.startsWith(start));
      if (found !== undefined) return found;
      const more = await Promise.race([once(lines, "line").then(() => true), exited.then(() => false)]);
      if (!more && !output.some((each) => each.startsWith(start))) {
        throw new Error(`${name} ended without a line ${start}:\n${output.join("\n")}`);
      }
    }
  };
  return { child, output, line, exited };
}
