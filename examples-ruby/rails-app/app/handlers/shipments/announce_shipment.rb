# frozen_string_literal: true

module Shipments
  # Writes what the customer is told about the booking.
  class AnnounceShipment < Tasker::StepHandler
    def process(task, sequence, _step)
      reference, count = task.context.values_at("order_reference", "parcels")
      booking_id = sequence.results_of("book_carrier")["booking_id"]
      text = "Order #{reference}: #{count} #{"parcel".pluralize(count)} booked"
      { "text" => booking_id ? "#{text} as #{booking_id}" : text }
    end
  end
end
