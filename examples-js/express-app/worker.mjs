// The process that runs the steps: jobs of BullMQ, with the handlers of this app.
import * as orderFulfillment from "../handlers/order_fulfillment.mjs";
import * as orderShipment from "./handlers/order_shipment.mjs";
import { onShutdown } from "./shutdown.mjs";
import { closeTasker, openTasker } from "./tasker.mjs";

/** Steps that run at once. They share one thread, which they leave to each other whenever they wait. */
const SLOTS = 20;

const tasker = await openTasker({ slots: SLOTS, handlers: [orderFulfillment, orderShipment] });

tasker.queue.worker({ concurrency: SLOTS });
console.log("worker: runs jobs");

onShutdown("worker", () => closeTasker(tasker));
