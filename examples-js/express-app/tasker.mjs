// The engine inside this process, and the queue whose jobs run its tasks.
import { fileURLToPath } from "node:url";

import { TaskQueue } from "tasker/bullmq";
import { Engine } from "tasker/engine";

const TEMPLATES = ["../templates/order_fulfillment.yaml", "templates/order_shipment.yaml"];

/** How long running steps may take to end when the process stops; what does not end is given back. */
const CLOSE_MILLIS = 10_000;

export async function openTasker({ slots, handlers = [] }) {
  const engine = await Engine.open({ enqueuer: "bullmq", migrate: true, slots });
  const queue = new TaskQueue(engine, { connection: { url: process.env.REDIS_URL } });
  if (handlers.length > 0) await engine.registerHandlers(...handlers);
  for (const template of TEMPLATES) await engine.registerTemplate(pathOf(template));

  /** At once: a job that waits for a step ends at the latest when the engine gives the step back. */
  const close = () => Promise.all([queue.close(), engine.close(CLOSE_MILLIS)]);
  return { engine, queue, close };
}

function pathOf(template) {
  return fileURLToPath(new URL(template, import.meta.url));
}
