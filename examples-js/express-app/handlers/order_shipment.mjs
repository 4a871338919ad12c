import { ApiStepHandler, PermanentError, StepHandler } from "tasker";

/**
 * Asks the carrier to fetch the parcels of an order. The engine decides which answers are tried again, and sends the
 * same Idempotency-Key in every attempt: a carrier that knows the header books once.
 */
export class BookCarrier extends ApiStepHandler {
  call({ context: { order_reference, parcels } }) {
    return this.client.post({ order_reference, parcels }, `${carrierUrl()}/bookings`);
  }

  results(step, response) {
    return response.json();
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
