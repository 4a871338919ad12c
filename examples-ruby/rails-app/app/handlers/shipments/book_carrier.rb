# frozen_string_literal: true

module Shipments
  # Books the parcels with the carrier, and stores its answer.
  class BookCarrier < Tasker::StepHandler
    TIMEOUT_SECONDS = 25

    def process(task, _sequence, _step)
      response = http.post("#{carrier_url}/bookings", json: task.context.slice("order_reference", "parcels"),
                                                      headers: { "Idempotency-Key" => "shipment-#{task.task_id}" },
                                                      timeout: TIMEOUT_SECONDS)
      return response.json if response.ok?

      refused(response.status)
    end

    private

    def carrier_url
      ENV["CARRIER_URL"].presence or
        raise Tasker::PermanentError.new("no carrier can be booked: CARRIER_URL is not set; set it for the worker",
                                         error_code: "CARRIER_URL_MISSING")
    end

    def refused(status)
      message = "the carrier answered with status #{status}"
      raise Tasker::RetryableError, message if status >= 500 || [408, 429].include?(status)

      raise Tasker::PermanentError.new(message, error_code: "BOOKING_REFUSED")
    end
  end
end
