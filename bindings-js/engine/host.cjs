"use strict";
// What a handler reaches while its attempt runs.

const { PermanentError, TaskerError } = require("../tasker.cjs");
const { text } = require("./description.cjs");
const { classes, handlerErrorOf } = require("./errors.cjs");
const { Refusal, fromJson, frozen, toJson } = require("./json.cjs");

/**
 * The host of one attempt. All but HTTP waits for the answer on the thread that calls: handlers may use it without
 * `await`, and everywhere else they would have to. The answer of an HTTP call comes as work does, and holds no thread.
 */
class Host {
  #engine;
  #work;

  constructor(engine, work) {
    this.#engine = engine;
    this.#work = work;
  }

  /** Code of an attempt that is over, left behind in a timer or a promise, must not act for it any more. */
  end() {
    this.#engine = null;
  }

  readText(relative) {
    return this.#call("read_text", [asText(relative)]);
  }

  lookup(step) {
    return this.#call("lookup", [asText(step)]);
  }

  publish(name, payload) {
    const event = String(name);
    const options = { errorCode: "EVENT_INVALID", context: { event } };
    const json = jsonOrRefused("payload", payload, `event \`${event}\` cannot be published`, options);
    this.#call("publish", [JSON.stringify(event), json]);
  }

  /** Whatever the fields are, they give a line. */
  log(level, message, fields) {
    this.#call("log", [JSON.stringify(level), asText(message), fieldsJson(fields)]);
  }

  heartbeat(checkpoint) {
    const json =
      checkpoint === undefined ? [] : [jsonFor("checkpoint", checkpoint, "the checkpoint cannot be stored", "CHECKPOINT_INVALID")];
    this.#call("heartbeat", json);
  }

  checkpoint() {
    return this.#call("checkpoint", []);
  }

  isCancelled() {
    return this.#call("is_cancelled", []);
  }

  http(request) {
    return this.#callLater("http", [requestJson("request", request)]);
  }

  apiSend(method, url, json) {
    const body = json === undefined ? "null" : requestJson("json", json);
    return this.#callLater("api_send", [JSON.stringify(method), JSON.stringify(url ?? null), body]);
  }

  apiCheck(index) {
    this.#call("api_check", [JSON.stringify(index)]);
  }

  apiResults(index) {
    return this.#call("api_results", [JSON.stringify(index)]);
  }

  #call(operation, json) {
    const engine = this.#running();
    try {
      return frozen(fromJson(engine.callNow("work", this.#request(operation, json))));
    } catch (problem) {
      throw this.#translated(problem);
    }
  }

  async #callLater(operation, json) {
    const engine = this.#running();
    try {
      return await engine.ask("work", (call) => this.#request(operation, json, `,"call":${call}`));
    } catch (problem) {
      throw this.#translated(problem);
    }
  }

  #request(operation, json, more = "") {
    return `{"work_id":${this.#work},"operation":"${operation}","arguments":[${json.join(",")}]${more}}`;
  }

  #running() {
    if (this.#engine === null) throw ended();
    return this.#engine;
  }

  #translated(problem) {
    if (!(problem instanceof classes.EngineError)) return problem;
    if (problem.details.kind !== undefined) return handlerErrorOf(problem);
    // Its time is up, or the engine has closed: whatever it does, nobody waits for it.
    const isOver = problem.details.work_id === this.#work || problem instanceof classes.ClosedError;
    return isOver ? ended(problem) : problem;
  }
}

function ended(cause) {
  const options = cause === undefined ? undefined : { cause };
  return new TaskerError("the attempt has ended; nothing can be done in its name any more", options);
}

function asText(value) {
  return JSON.stringify(String(value));
}

function requestJson(root, value) {
  return jsonFor(root, value, "the HTTP request cannot be sent", "HTTP_REQUEST_INVALID");
}

function jsonFor(root, value, problem, errorCode) {
  return jsonOrRefused(root, value, problem, { errorCode });
}

function jsonOrRefused(root, value, problem, options) {
  try {
    return toJson(value, root);
  } catch (refusal) {
    if (!Refusal.is(refusal)) throw refusal;
    const context = { path: refusal.path };
    throw new PermanentError(`${problem}: ${refusal.path}: ${refusal.reason}`, { context, ...options });
  }
}

/** Fields of a log line; a value that is not JSON-like becomes its text. */
function fieldsJson(fields) {
  const parts = fieldsOf(fields).map(([name, read]) => `${asText(name)}:${fieldJson(name, read)}`);
  return `{${parts.join(",")}}`;
}

function fieldJson(name, read) {
  try {
    return toJson(read(), text(() => name));
  } catch {
    return JSON.stringify(text(read));
  }
}

function fieldsOf(fields) {
  if (fields === null || fields === undefined) return [];
  try {
    if (fields instanceof Error) return [["error", () => fields]];
    if (fields instanceof Map) return [...fields].map(([name, value]) => [text(() => name), () => value]);
    if (typeof fields === "object" && !Array.isArray(fields)) {
      return Object.keys(fields).map((name) => [name, () => fields[name]]);
    }
  } catch {
    // A proxy that refuses, for example: it has a text at most.
  }
  return [["value", () => fields]];
}

module.exports = { Host };
