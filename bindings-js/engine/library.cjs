"use strict";
// The library, through koffi. Each thread loads it for itself; the process has it once.

const { existsSync } = require("node:fs");
const path = require("node:path");
const { setTimeout: delay } = require("node:timers/promises");
const { status, errorOf, classes } = require("./errors.cjs");

const ABI_VERSION = 1;
const LIBRARY = "libtasker.so";
/** Asynchronous calls at once; koffi refuses more than 256, and the pool of Node runs four at a time. */
const CALLS_MAX = 32;
/** How long another thread may take to start the JVM. */
const START_MILLIS_MAX = 30_000;
const F_DUPFD_CLOEXEC = 1030;

let loaded = null;

/** Loads the library and starts the JVM, unless that was done. */
async function ready(options) {
  const library = (loaded ??= new Library(folderOf(options.runtime)));
  await library.start(options);
  return library;
}

/** Where the library is. */
function folderOf(runtime) {
  const looked = [];
  for (const [origin, folder] of [
    ["the option `runtime`", runtime],
    ["TASKER_RUNTIME", process.env.TASKER_RUNTIME],
    ["the package", path.join(__dirname, "..", "runtime")],
  ]) {
    if (!folder) continue;
    if (existsSync(path.join(folder, LIBRARY))) return path.resolve(folder);
    looked.push(`${folder} (${origin})`);
    if (origin !== "the package") break;
  }
  throw new classes.StartError(
    `there is no ${LIBRARY} in ${looked.join(", nor in ")}; make a runtime folder with \`tasker runtime DIR\`, ` +
      "and name it with the option `runtime` or TASKER_RUNTIME",
    { code: "RUNTIME_NOT_FOUND", details: { looked } },
  );
}

function koffiModule() {
  try {
    return require("koffi");
  } catch (cause) {
    throw new classes.StartError("the engine needs the package koffi: npm install koffi", {
      code: "LIBRARY_NOT_LOADED",
      cause,
    });
  }
}

class Library {
  #koffi;
  #functions;
  #folder;
  #running = 0;
  #waiting = [];
  #start = null;

  constructor(folder) {
    this.#koffi = koffiModule();
    this.#folder = folder;
    const file = path.join(folder, LIBRARY);
    let library;
    try {
      library = this.#koffi.load(file);
    } catch (cause) {
      throw new classes.StartError(`cannot load ${file}: ${cause.message}`, { code: "LIBRARY_NOT_LOADED", cause });
    }
    this.#functions = this.#declare(library);
  }

  #declare(library) {
    const { struct, pointer, out, sizeof } = this.#koffi;
    const buffer = struct({ data: "void *", length: "size_t" });
    const options = struct({
      struct_size: "size_t",
      abi_version: "uint32_t",
      heap_max_mb: "uint32_t",
      runtime: "str",
      java_home: "str",
      jvm_options: "str",
      log_file: "str",
    });
    const given = out(pointer(buffer));
    const number = out(pointer("uint64_t"));
    const declared = (name, result, ...parameters) => library.func(name, result, parameters);

    const version = declared("tasker_abi_version", "uint32_t")();
    const size = declared("tasker_struct_size", "size_t", "int");
    if (version !== ABI_VERSION || size(0) !== sizeof(buffer) || size(1) !== sizeof(options)) {
      throw new classes.StartError(
        `the package speaks ABI ${ABI_VERSION} (structs of ${sizeof(buffer)} and ${sizeof(options)} bytes), ` +
          `${LIBRARY} speaks ABI ${version} (${size(0)} and ${size(1)} bytes); use the same release of both`,
        { code: "ABI_MISMATCH" },
      );
    }
    this.optionsSize = sizeof(options);
    return {
      init: declared("tasker_init", "int", pointer(options), given),
      state: declared("tasker_state", "int"),
      version: declared("tasker_version", "str"),
      open: declared("tasker_engine_open", "int", "void *", "size_t", number, given),
      close: declared("tasker_engine_close", "int", "uint64_t", "int64_t", given),
      call: declared("tasker_call", "int", "uint64_t", "void *", "size_t", "void *", "size_t", given),
      next: declared("tasker_next_work", "int", "uint64_t", "int64_t", number, given),
      complete: declared("tasker_complete_work", "int", "uint64_t", "uint64_t", "void *", "size_t", given),
      wake: declared("tasker_wake_fd", "int", "uint64_t"),
      free: declared("tasker_buffer_free", "void", pointer(buffer)),
      // Of the C library, on which the library depends.
      duplicate: library.func("int fcntl(int fd, int command, ...)"),
    };
  }

  get version() {
    return this.#functions.version();
  }

  /** Starts the JVM of the process, unless it runs. */
  start(options) {
    const forked = this.#functions.state() === status.FORKED;
    if (forked) throw this.#refused(this.#functions.init, [this.#options(options)]);
    this.#start ??= this.#started(options).catch((problem) => {
      this.#start = null;
      throw problem;
    });
    return this.#start;
  }

  #options({ javaHome = null, heapMaxMb = 0, jvmOptions = null, logFile = null }) {
    return {
      struct_size: this.optionsSize,
      abi_version: ABI_VERSION,
      heap_max_mb: heapMaxMb,
      runtime: this.#folder,
      java_home: javaHome,
      jvm_options: jvmOptions,
      log_file: logFile,
    };
  }

  async #started(options) {
    const end = Date.now() + START_MILLIS_MAX;
    while (this.#functions.state() !== status.OK) {
      const given = {};
      const code = await this.#later(this.#functions.init, [this.#options(options), given]);
      const text = this.#take(given);
      if (code === status.OK) return;
      const isBeingStarted = code === status.STATE && !text.includes("has failed before");
      if (!isBeingStarted || Date.now() > end) throw errorOf(code, text);
      // By another thread.
      await delay(10);
    }
  }

  #refused(fn, args) {
    const given = {};
    return errorOf(fn(...args, given), this.#take(given));
  }

  /** Opens an engine; gives its handle. */
  async open(config) {
    const bytes = Buffer.from(config);
    const handle = [0];
    const given = {};
    const code = await this.#later(this.#functions.open, [bytes, bytes.length, handle, given]);
    this.#checked(code, given);
    return handle[0];
  }

  async close(handle, timeoutMs) {
    const given = {};
    const code = await this.#later(this.#functions.close, [handle, timeoutMs, given]);
    this.#checked(code, given);
  }

  /** An operation, on another thread. */
  async call(handle, operation, json) {
    const given = {};
    const code = await this.#later(this.#functions.call, this.#arguments(handle, operation, json, given));
    return this.#checked(code, given);
  }

  /** The same on this thread, which waits. */
  callNow(handle, operation, json) {
    const given = {};
    return this.#checked(this.#functions.call(...this.#arguments(handle, operation, json, given)), given);
  }

  #arguments(handle, operation, json, given) {
    const name = Buffer.from(operation);
    const bytes = Buffer.from(json);
    return [handle, name, name.length, bytes, bytes.length, given];
  }

  /** The item that comes next, as text; null where there is none now, or the engine closes. */
  next(handle) {
    const given = {};
    const code = this.#functions.next(handle, 0, [0], given);
    const text = this.#take(given);
    if (code === status.OK) return text;
    if (code === status.TIMEOUT || code === status.CLOSED || code === status.HANDLE) return null;
    throw errorOf(code, text);
  }

  /** Gives an outcome, and waits for the answer: it is quick, and needs no thread of the pool. */
  complete(handle, work, json) {
    const bytes = Buffer.from(json);
    const given = {};
    this.#checked(this.#functions.complete(handle, work, bytes, bytes.length, given), given);
  }

  /** A descriptor of our own that can be read when work comes. */
  wakeDescriptor(handle) {
    const own = this.#functions.wake(handle);
    const copy = own < 0 ? -1 : this.#functions.duplicate(own, F_DUPFD_CLOEXEC, "int", 0);
    if (copy < 0) throw new classes.ClosedError("the engine is closed", { code: "ENGINE_CLOSED" });
    return copy;
  }

  #checked(code, given) {
    const text = this.#take(given);
    if (code !== status.OK) throw errorOf(code, text);
    return text;
  }

  #take(given) {
    if (!given.length) return "";
    const text = this.#koffi.decode.string(given.data, given.length);
    this.#functions.free(given);
    return text;
  }

  /** Calls on a thread of Node's pool, when it is this call's turn. */
  async #later(fn, args) {
    if (this.#running >= CALLS_MAX) await new Promise((turn) => this.#waiting.push(turn));
    else this.#running++;
    try {
      return await new Promise((resolve, reject) => {
        fn.async(...args, (problem, code) => (problem ? reject(problem) : resolve(code)));
      });
    } finally {
      const turn = this.#waiting.shift();
      if (turn) turn();
      else this.#running--;
    }
  }
}

module.exports = { ready };
