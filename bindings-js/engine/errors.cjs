"use strict";
// What the engine refuses, as errors: one class per kind.

const { PermanentError, RetryableError, StepCancelled, TaskerError } = require("../tasker.cjs");

/** Base of the errors of an engine. */
class EngineError extends TaskerError {
  constructor(message, { code = "INTERNAL", details = {}, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    /** A stable code for programs, such as `TASK_NOT_FOUND`. */
    this.code = code;
    this.details = details;
  }
}

/** The input is wrong: correct it. */
class InvalidError extends EngineError {}
/** It does not exist. */
class NotFoundError extends EngineError {}
/** It exists in another form or state. */
class ConflictError extends EngineError {}
/** The database cannot be used now, or takes no more tasks for the moment: try again later. */
class UnavailableError extends EngineError {}
/** The engine is closed, or closes. */
class ClosedError extends EngineError {}
/** The process was forked after the library was started. */
class ForkedError extends EngineError {}
/** The library or its JVM was not found, or did not start. */
class StartError extends EngineError {}
/** Nothing came within the time. */
class TimeoutError extends EngineError {}
/** A bug of Tasker. */
class InternalError extends EngineError {}

const OK = 0;
const TIMEOUT = 1;
const CLOSED = 2;
const HANDLE = -2;
const STATE = -5;
const FORKED = -6;

const BY_STATUS = new Map([
  [CLOSED, ClosedError],
  [HANDLE, ClosedError],
  [-3, InvalidError],
  [-4, InvalidError],
  [STATE, StartError],
  [FORKED, ForkedError],
  [-7, StartError],
  [-8, InternalError],
  [-9, UnavailableError],
  [-11, StartError],
]);

/** The kinds of the codes that a refused request may have; all others mean that the input is wrong. */
const BY_CODE = new Map([
  ...["TEMPLATE", "TASK", "STEP", "EVENT", "REGISTRATION"].map((what) => [`${what}_NOT_FOUND`, NotFoundError]),
  ["TEMPLATE_IN_USE", ConflictError],
  ["TASK_DUPLICATE", ConflictError],
  ["TASK_STATE_CONFLICT", ConflictError],
  ["STEP_STATE_CONFLICT", ConflictError],
  ["EVENT_RESERVED", ConflictError],
  ["REGISTRATION_DUPLICATE", ConflictError],
  ["DATABASE_HAS_FOREIGN_DATA", ConflictError],
  ["BACKLOG_FULL", UnavailableError],
  ["DATABASE_UNAVAILABLE", UnavailableError],
  ["SCHEMA_OUT_OF_DATE", UnavailableError],
  ["SCHEMA_TOO_NEW", UnavailableError],
  ["DISK_SPACE_LOW", UnavailableError],
  ["STEP_CANCELLED", ClosedError],
  ["INTERNAL", InternalError],
]);

/** The error for a status below or above zero, with the library's JSON. */
function errorOf(status, text) {
  let parsed = {};
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = { message: text || `the library answered ${status}` };
  }
  return errorFor(parsed, BY_STATUS.get(status));
}

function errorFor({ code = "INTERNAL", message, details = {} }, cls = undefined) {
  return new (cls ?? BY_CODE.get(code) ?? InvalidError)(message, { code, details });
}

/** The error that a handler is to get for a refused call of its host. */
function handlerErrorOf(error) {
  const { kind, context = {}, retry_after: retryAfter = null } = error.details;
  if (kind === "cancelled") return new StepCancelled(error.message);
  if (kind === "permanent") return new PermanentError(error.message, { errorCode: error.code || null, context });
  return new RetryableError(error.message, { retryAfter, context });
}

module.exports = {
  status: { OK, TIMEOUT, CLOSED, HANDLE, STATE, FORKED },
  errorOf,
  errorFor,
  handlerErrorOf,
  classes: {
    EngineError,
    InvalidError,
    NotFoundError,
    ConflictError,
    UnavailableError,
    ClosedError,
    ForkedError,
    StartError,
    TimeoutError,
    InternalError,
  },
};
