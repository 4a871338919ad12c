"use strict";
// Describes whatever a handler throws. What it throws may throw again when it is looked at.

const { PermanentError, RetryableError, StepCancelled } = require("../tasker.cjs");
const { Refusal, fromJson, toJson } = require("./json.cjs");

const CAUSES_MAX = 5;
const PARTS_MAX = 10;
const PART_LINES_MAX = 5;
const LINES_MAX = 50;
const STACK_CHARS_MAX = 100_000;
const SHOWN_CHARS_MAX = 10_000;
const CONTEXT_CHARS_MAX = 1_000_000;
const OWN_FOLDER = `${__dirname}/`;

/** An error as the engine stores it. */
function describe(error) {
  try {
    return isError(error) ? described(error, CAUSES_MAX) : describedThrown(error);
  } catch {
    return description({ class: "Error", message: "the handler threw something that cannot be described" });
  }
}

/** A result that cannot be stored: no other attempt would be better. */
function describeRefusal({ code, path, reason }) {
  return description({
    class: "ResultNotJson",
    message: `the result cannot be stored: ${path}: ${reason}`,
    error_code: code,
    retryable: false,
    context: { path },
  });
}

function description(parts) {
  return { error_code: null, retryable: true, retry_after: null, context: {}, cause: null, backtrace: [], ...parts };
}

function described(error, causesLeft) {
  const isPermanent = error instanceof PermanentError;
  const isRetryable = error instanceof RetryableError;
  const cause = attempted(() => error.cause) ?? null;
  const errors = partsOf(error);
  const parts = {
    class: nameOf(error),
    message: messageOf(error, errors),
    retryable: !isPermanent,
    cause: cause === null || causesLeft === 0 ? null : describedCause(cause, causesLeft - 1),
    backtrace: lines(error, LINES_MAX),
  };
  if (isPermanent) parts.error_code = codeOf(error);
  if (isRetryable) parts.retry_after = delayOf(error);
  if (isPermanent || isRetryable) parts.context = storable(error);
  else if (errors.length > 0) parts.context = { errors: errors.map(describedPart) };
  return description(parts);
}

function describedCause(cause, causesLeft) {
  return isError(cause) ? described(cause, causesLeft) : describedThrown(cause);
}

/** The errors that an AggregateError holds; no more than are shown. */
function partsOf(error) {
  if (!(error instanceof AggregateError)) return [];
  const errors = attempted(() => error.errors);
  return attempted(() => (Array.isArray(errors) ? errors.slice(0, PARTS_MAX) : [])) ?? [];
}

function describedPart(part) {
  if (!isError(part)) {
    const { class: name, message } = describedThrown(part);
    return { class: name, message, backtrace: [] };
  }
  return { class: nameOf(part), message: messageOf(part, []), backtrace: lines(part, PART_LINES_MAX) };
}

function messageOf(error, errors) {
  const own = text(() => error.message) || nameOf(error);
  if (errors.length === 0) return own;
  const shown = errors.map((part) => (isError(part) ? `${nameOf(part)}: ${messageOf(part, [])}` : shownOf(part)));
  const more = (attempted(() => error.errors.length) ?? errors.length) - errors.length;
  return `${own} (${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""})`;
}

/** JavaScript throws anything. */
function describedThrown(value) {
  return description({
    class: value === null ? "null" : typeof value,
    message: `the handler threw ${shownOf(value)}`,
  });
}

function shownOf(value) {
  if (typeof value === "function") return `the function ${text(() => value.name || "without a name")}`;
  const json = typeof value === "object" && value !== null ? attempted(() => JSON.stringify(value)) : undefined;
  return (json ?? text(() => value)).slice(0, SHOWN_CHARS_MAX);
}

function isError(value) {
  return attempted(() => value instanceof Error) === true;
}

function nameOf(error) {
  const names = [attempted(() => error.constructor.name), attempted(() => error.name)];
  return names.find((name) => typeof name === "string" && name !== "") ?? "Error";
}

function codeOf(error) {
  const code = attempted(() => error.errorCode) ?? null;
  return code === null ? null : text(() => code);
}

function delayOf(error) {
  const delay = attempted(() => error.retryAfter);
  return Number.isFinite(delay) && delay >= 0 ? delay : null;
}

/** Read once, because what reads well once may not do so twice. */
function storable(error) {
  try {
    const json = toJson(error.context ?? {}, "context");
    if (json.length > CONTEXT_CHARS_MAX) throw new Refusal("RESULT_TOO_LARGE", "context", "it is too large");
    return fromJson(json);
  } catch (problem) {
    return { context_refused: text(() => problem) };
  }
}

function attempted(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function text(read) {
  try {
    return String(read());
  } catch {
    return "?";
  }
}

function lines(error, max) {
  return text(() => error.stack)
    .slice(0, STACK_CHARS_MAX)
    .split("\n")
    .map((line) => /^\s+at (?:(.*) \()?(.*?):(\d+)(?::\d+)?\)?$/.exec(line))
    .filter((match) => match !== null && !match[2].includes(OWN_FOLDER) && !match[2].startsWith("node:"))
    .slice(0, max)
    .map(([, name, file, line]) => `${file}:${line}:in ${name ?? "<module>"}`);
}

module.exports = { attempted, describe, describeRefusal, text };
