"""Shipments: a parcel service is booked, then the customer is told."""

import asyncio
import json
import os
from typing import Any

from tasker import PermanentError, RetryableError, Sequence, Step, StepHandler, Task

# Less than timeout_seconds of the step: an answer that does not come is then told as such.
ANSWER_SECONDS = 20
ANSWER_CHARACTERS_MAX = 1_000


class BookCarrier(StepHandler):
    """Books the parcels at the carrier, and keeps its answer."""

    async def process(self, task: Task, sequence: Sequence, step: Step) -> Any:
        carrier = os.environ.get("CARRIER_URL")
        if not carrier:
            raise PermanentError(
                "no parcels can be booked: CARRIER_URL is not set; set it to the address of the carrier's API "
                "for the worker, and retry the step",
                error_code="CARRIER_URL_MISSING",
            )
        # The call blocks; the event loop does not.
        response = await asyncio.to_thread(
            self.http.post,
            f"{carrier}/bookings",
            json={"order_reference": task.context["order_reference"], "parcels": task.context["parcels"]},
            # The same in each attempt, also in that of a worker that takes the step over: one booking.
            headers={"Idempotency-Key": f"shipment-{task.task_id}"},
            timeout=ANSWER_SECONDS,
        )
        if response.ok:
            return response.json()
        problem = f"the carrier answered {response.status} to the booking of order {task.context['order_reference']}"
        if response.status == 429 or response.status >= 500:
            raise RetryableError(problem)
        raise PermanentError(
            problem, error_code="BOOKING_REFUSED", context={"answer": response.text[:ANSWER_CHARACTERS_MAX]}
        )


class AnnounceShipment(StepHandler):
    """Writes what the customer is told."""

    def process(self, task: Task, sequence: Sequence, step: Step) -> str:
        booking = json.dumps(sequence.results_of("book_carrier"), ensure_ascii=False)
        parcels = "1 parcel" if task.context["parcels"] == 1 else f"{task.context['parcels']} parcels"
        return f"Order {task.context['order_reference']} leaves in {parcels}. Booking: {booking}"
