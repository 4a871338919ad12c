"use strict";
// JSON text of what handlers return, by the same rules as in the Tasker process.

const DEPTH_MAX = 100;
const NODES_MAX = 1_000_000;
/** What the library takes as one text. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;
/** Room for what is around the value. */
const VALUE_BYTES_MAX = TEXT_BYTES_MAX - 64 * 1024;

/** A value that cannot be stored: where in it, and why. */
class Refusal {
  #isRefusal = true;

  constructor(code, path, reason) {
    Object.assign(this, { code, path, reason });
  }

  /** Unlike `instanceof` it runs no code of a proxy that a handler has thrown. */
  static is(error) {
    return typeof error === "object" && error !== null && #isRefusal in error;
  }

  toString() {
    return `${this.path}: ${this.reason}`;
  }
}

/**
 * The JSON text of a value. Dates become text, sets lists and maps objects; what is undefined is left out.
 *
 * @param root the name of the value in paths
 * @throws {Refusal}
 */
function toJson(value, root) {
  const parts = [];
  new Walk(parts, root).add(value);
  const text = parts.join("");
  // Not counted where it cannot be too many: a unit of UTF-16 has three bytes at most.
  if (text.length * 3 > VALUE_BYTES_MAX && Buffer.byteLength(text) > VALUE_BYTES_MAX) {
    throw new Refusal("RESULT_TOO_LARGE", root, `it has more than ${VALUE_BYTES_MAX} bytes`);
  }
  return text;
}

class Walk {
  constructor(parts, root) {
    this.parts = parts;
    this.root = root;
    this.nodes = 0;
    /** Where the walk is: the keys and indices, and the containers they belong to. */
    this.keys = [];
    this.open = [];
  }

  add(value) {
    if (++this.nodes > NODES_MAX) this.refuse("RESULT_TOO_LARGE", `the value has more than ${NODES_MAX} parts`);
    switch (typeof value) {
      case "string":
        this.parts.push(JSON.stringify(value));
        break;
      case "number":
        if (!Number.isFinite(value)) this.refuse("RESULT_NOT_JSON", `${value} is no JSON number`);
        this.parts.push(Object.is(value, -0) ? "-0.0" : String(value));
        break;
      case "boolean":
      case "bigint":
        this.parts.push(String(value));
        break;
      case "object":
        if (value === null) this.parts.push("null");
        else this.addObject(value);
        break;
      case "undefined":
        this.parts.push("null");
        break;
      default:
        this.refuse("RESULT_NOT_JSON", `a ${typeof value} cannot be stored`);
    }
  }

  addObject(value) {
    if (Array.isArray(value)) {
      this.within(value, () => this.addItems(value, value.length));
      return;
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null && this.addSpecial(value)) return;
    this.within(value, () => this.addEntries(Object.keys(value).map((name) => [name, value[name]])));
  }

  /** What is stored as something else, or not at all; false for a plain object from elsewhere. */
  addSpecial(value) {
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) this.refuse("RESULT_NOT_JSON", "an invalid Date cannot be stored");
      this.parts.push(JSON.stringify(value.toISOString()));
    } else if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      this.add(value.valueOf());
    } else if (value instanceof Set) {
      this.within(value, () => this.addItems([...value], value.size));
    } else if (value instanceof Map) {
      this.checkKeys(value);
      this.within(value, () => this.addEntries([...value]));
    } else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      this.refuse("RESULT_NOT_JSON", "bytes cannot be stored; turn them into text first (base64)");
    } else {
      const name = value.constructor?.name ?? "Object";
      if (name !== "Object") this.refuse("RESULT_NOT_JSON", `a value of class ${name} cannot be stored`);
      return false;
    }
    return true;
  }

  within(value, add) {
    if (this.open.length >= DEPTH_MAX) {
      this.refuse("RESULT_TOO_LARGE", `the value is nested deeper than ${DEPTH_MAX} levels`);
    }
    if (this.open.includes(value)) this.refuse("RESULT_NOT_JSON", "the value contains itself");
    this.open.push(value);
    add();
    this.open.pop();
  }

  addItems(items, size) {
    const top = this.keys.length;
    this.parts.push("[");
    for (let index = 0; index < size; index++) {
      if (index > 0) this.parts.push(",");
      this.keys[top] = index;
      this.add(items[index]);
    }
    this.keys.length = top;
    this.parts.push("]");
  }

  addEntries(entries) {
    const top = this.keys.length;
    let separator = "{";
    for (const [name, item] of entries) {
      // As in JSON.stringify: what is undefined is left out.
      if (item === undefined) continue;
      this.parts.push(separator, JSON.stringify(name), ":");
      separator = ",";
      this.keys[top] = name;
      this.add(item);
    }
    this.keys.length = top;
    this.parts.push(separator === "{" ? "{}" : "}");
  }

  checkKeys(map) {
    for (const key of map.keys()) {
      if (typeof key !== "string") {
        this.refuse("RESULT_NOT_JSON", `the key ${String(key)} is a ${typeof key}; keys must be text`);
      }
    }
  }

  refuse(code, reason) {
    let path = this.root;
    for (const key of this.keys) path += typeof key === "number" ? `[${key}]` : `.${key}`;
    throw new Refusal(code, path, reason);
  }
}

/** Makes a value that came from JSON read-only. */
function frozen(value) {
  if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value)) frozen(value[key]);
    Object.freeze(value);
  }
  return value;
}

/** An integer of sixteen digits or more: a number may not hold it. */
const LONG_INTEGER = /(?<![\w.+-])-?\d{16,}(?![\d.eE])/;
const LONG_INTEGERS = new RegExp(LONG_INTEGER, "g");
/** No text of the engine holds a zero character. */
const MARK = "\0integer:";
const MARKED = /"\\u0000integer:(-?\d+)"/g;

/** The value of JSON text. Whole numbers keep their value: beyond 2^53 they are BigInts. */
function fromJson(text) {
  return LONG_INTEGER.test(text) ? JSON.parse(withMarks(text), withoutMark) : JSON.parse(text);
}

/** JSON text of a value that came from `fromJson`, or could have. */
function writeJson(value) {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? MARK + part : part)).replace(MARKED, "$1");
}

/** The JSON text with those integers as texts that no number holds. */
function withMarks(text) {
  const parts = [];
  let start = 0;
  while (true) {
    const open = text.indexOf('"', start);
    if (open === -1) return parts.join("") + marked(text.slice(start));
    const close = endOfText(text, open);
    parts.push(marked(text.slice(start, open)), text.slice(open, close));
    start = close;
  }
}

function marked(between) {
  return between.replace(LONG_INTEGERS, (digits) => {
    return Number.isSafeInteger(Number(digits)) ? digits : JSON.stringify(MARK + digits);
  });
}

/** Where the text ends that opens at this place; behind its quote. */
function endOfText(text, open) {
  let close = text.indexOf('"', open + 1);
  while (isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close + 1;
}

function isEscaped(text, place) {
  let backslashes = 0;
  while (text[place - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}

function withoutMark(_, value) {
  return typeof value === "string" && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value;
}

module.exports = { Refusal, fromJson, frozen, toJson, writeJson };
