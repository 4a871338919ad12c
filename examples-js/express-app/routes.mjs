import { Router } from "express";

import { HttpError } from "./errors.mjs";

/** `POST` creates a task of a template, `GET` shows one. `fieldsOf` gives what is shown of its context. */
export function taskRoutes(engine, template, fieldsOf = () => ({})) {
  const router = Router();

  router.post("/", async (req, res) => {
    const { task_id, created } = await engine.createTask(template, contextOf(req), requestOf(req));
    const { state } = await engine.task(task_id, { transitions: false });
    res
      .status(created ? 202 : 200)
      .location(`${req.baseUrl}/${task_id}`)
      .json({ task_id, state });
  });

  router.get("/:task_id", async (req, res) => {
    const task = await find(engine, template, req.params.task_id);
    const { task_id, state, context, steps } = task;
    res.json({ task_id, state, ...fieldsOf(context), steps: steps.map(shown) });
  });

  return router;
}

function contextOf(req) {
  if (req.body !== undefined) return req.body;
  throw new HttpError(400, "BODY_NOT_JSON", "the body must be JSON, sent as application/json");
}

/** The same key again gives the task that exists. */
function requestOf(req) {
  const key = req.get("idempotency-key");
  const request = { source_system: "express-app" };
  return key === undefined ? request : { ...request, idempotency_key: key, duplicates: "skip" };
}

async function find(engine, template, id) {
  const task = /^\d{1,15}$/.test(id) ? await engine.task(Number(id), { transitions: false }) : null;
  if (task !== null && `${task.namespace}.${task.name}` === template) return task;
  throw new HttpError(404, "TASK_NOT_FOUND", `there is no task ${id} of ${template}`);
}

/** A step without what is of no use to callers, such as the lines of a stack. */
function shown({ name, state, attempts, retry_limit, depends_on, results, error }) {
  return { name, state, attempts, retry_limit, depends_on, results, error: error && shownError(error) };
}

function shownError({ at, class: name, message, error_code, retryable }) {
  return { at, class: name, message, error_code, retryable };
}
