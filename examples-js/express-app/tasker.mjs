// The engine inside this process, and the queue whose jobs run its tasks.
import { fileURLToPath } from "node:url";

import { TaskQueue } from "tasker/bullmq";
import { Engine } from "tasker/engine";

const TEMPLATES = ["../templates/order_fulfillment.yaml", "templates/order_shipment.yaml"];

/** When the process stops: how long running jobs may take to end, and then their handlers. */
const JOBS_END_MILLIS = 10_000;
const HANDLERS_END_MILLIS = 1_000;

/** @param options of `Engine.open`, and the handlers that this process runs */
export async function openTasker({ handlers = [], ...options }) {
  const engine = await Engine.open({ enqueuer: "bullmq", migrate: true, ...options });
  const queue = new TaskQueue(engine, { connection: { url: process.env.REDIS_URL } });
  if (handlers.length > 0) await engine.registerHandlers(...handlers);
  for (const template of TEMPLATES) await engine.registerTemplate(pathOf(template));

  return { engine, queue };
}

/** What has not ended in time is given back: other workers take it over. */
export async function closeTasker({ engine, queue }) {
  await queue.close(JOBS_END_MILLIS);
  await engine.close(HANDLERS_END_MILLIS);
}

function pathOf(template) {
  return fileURLToPath(new URL(template, import.meta.url));
}
