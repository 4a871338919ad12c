// Every error as `{"error": {"code", "message", "details"}}`.
import { ClosedError, ConflictError, InvalidError, NotFoundError, UnavailableError } from "tasker/engine";

const RETRY_AFTER_SECONDS = 5;

const STATUSES = [
  [InvalidError, 422],
  [NotFoundError, 404],
  [ConflictError, 409],
  [UnavailableError, 503],
  [ClosedError, 503],
];

export class HttpError extends Error {
  constructor(status, code, message, details = {}) {
    super(message);
    Object.assign(this, { status, code, details });
  }
}

/** The last middleware; Express knows it by its four parameters. */
export function errorHandler(error, req, res, next) {
  if (res.headersSent) return next(error);

  const { status, code, message, details } = answerTo(error);
  if (status >= 500) console.error(`web: ${req.method} ${req.path}:`, error);
  if (status === 503) res.set("Retry-After", String(details.retry_after_seconds ?? RETRY_AFTER_SECONDS));
  res.status(status).json({ error: { code, message, details } });
}

function answerTo(error) {
  if (error instanceof HttpError) return error;
  // Of express.json.
  if (error.type === "entity.parse.failed") {
    return { status: 400, code: "BODY_NOT_JSON", message: `the body is not JSON: ${error.message}`, details: {} };
  }
  if (error.expose) {
    return { status: error.status, code: "REQUEST_REFUSED", message: error.message, details: {} };
  }
  const [, status] = STATUSES.find(([kind]) => error instanceof kind) ?? [];
  if (status !== undefined) return { status, code: error.code, message: error.message, details: error.details };
  return { status: 500, code: "INTERNAL", message: "the server failed; its log says why", details: {} };
}
