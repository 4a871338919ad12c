# frozen_string_literal: true

module Shipments
  # Books the parcels with the carrier, and stores its answer. The engine decides which answers are tried again, and
  # sends the same Idempotency-Key in every attempt.
  class BookCarrier < Tasker::ApiStepHandler
    def call(task, _sequence, _step)
      client.post(task.context.slice("order_reference", "parcels"), "#{carrier_url}/bookings")
    end

    def results(_step, response, _initial_results) = response.json

    private

    def carrier_url
      ENV["CARRIER_URL"].presence or
        raise Tasker::PermanentError.new("no carrier can be booked: CARRIER_URL is not set; set it for the worker",
                                         error_code: "CARRIER_URL_MISSING")
    end
  end
end
