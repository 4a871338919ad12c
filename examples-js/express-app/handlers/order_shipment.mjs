import { PermanentError, RetryableError, StepHandler } from "tasker";

/** Client errors that may pass: a timeout, a conflict with another request, too early, too many requests. */
const PASSING = new Set([408, 409, 425, 429]);

/** Asks the carrier to fetch the parcels of an order. */
export class BookCarrier extends StepHandler {
  async process(task, sequence, step) {
    const { order_reference, parcels } = task.context;
    const response = await this.http.post(`${carrierUrl()}/bookings`, {
      json: { order_reference, parcels },
      // The same in every attempt: a carrier that knows the header books once.
      headers: { "Idempotency-Key": `booking-${task.task_id}-${step.workflow_step_id}` },
    });
    if (response.ok) return response.json();
    throw refusal(response);
  }
}

/** Writes what the shop tells the customer. */
export class AnnounceShipment extends StepHandler {
  process(task, sequence) {
    const booking = sequence.resultsOf("book_carrier");
    const { order_reference, parcels } = task.context;
    const text = `Order ${order_reference}: ${parcels} ${parcels === 1 ? "parcel" : "parcels"} booked`;
    return { text: booking.booking_id ? `${text} as ${booking.booking_id}` : text };
  }
}

function carrierUrl() {
  const url = process.env.CARRIER_URL;
  if (url) return url.replace(/\/$/, "");
  throw new PermanentError("CARRIER_URL is not set: start the worker with the address of the carrier's API", {
    errorCode: "CARRIER_NOT_CONFIGURED",
  });
}

function refusal(response) {
  const { status, headers } = response;
  const message = `the carrier answered ${status}`;
  if (status < 500 && !PASSING.has(status)) return new PermanentError(message, { errorCode: `CARRIER_${status}` });
  const retryAfter = Number(headers["retry-after"]);
  return new RetryableError(message, retryAfter > 0 ? { retryAfter } : {});
}
