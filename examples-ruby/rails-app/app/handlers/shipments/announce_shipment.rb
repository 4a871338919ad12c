# frozen_string_literal: true

module Shipments
  # Writes what the customer is told about the booking.
  class AnnounceShipment < Tasker::StepHandler
    def process(task, sequence, _step)
      booking = sequence.results_of("book_carrier")
      parcels = task.context["parcels"] == 1 ? "1 parcel" : "#{task.context["parcels"]} parcels"
      { "text" => "Order #{task.context["order_reference"]}: #{parcels}, booking #{booking["booking_id"]}" }
    end
  end
end
