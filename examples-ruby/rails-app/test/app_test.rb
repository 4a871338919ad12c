# frozen_string_literal: true

require_relative "app_helper"

class AppTest < Minitest::Test
  include AppHelper

  EXAMPLES = File.expand_path("../..", __dir__)
  ORDER = JSON.parse(File.read("#{EXAMPLES}/inputs/order.json")).freeze
  EXPECTED = JSON.parse(File.read("#{EXAMPLES}/expected/order_fulfillment.json")).freeze

  def test_an_order_completes_with_the_results_of_every_other_host
    order = ended(create("/orders", ORDER))

    assert_equal ["complete", ORDER["order_reference"]], order.values_at("state", "order_reference")
    assert_equal EXPECTED, order["steps"].to_h { |step| step.values_at("name", "results") }
  end

  def test_a_payment_that_fails_is_tried_again
    order = ended(create("/orders", ORDER.merge("payment" => { **ORDER["payment"], "fail_attempts" => 1 })))

    assert_equal "complete", order["state"]
    assert_equal 2, step(order, "charge_payment")["attempts"]
  end

  def test_a_repeated_request_is_answered_with_the_first_task
    key = SecureRandom.uuid
    first, second = Array.new(2) { post("/orders", ORDER, "Idempotency-Key": key) }

    assert_equal %w[202 200], [first.code, second.code]
    assert_equal first["Location"], second["Location"]
    assert_equal json(first)["task_id"], json(second)["task_id"]
  end

  def test_what_is_wrong_is_told
    refused = post("/orders", ORDER.except("customer"))
    assert_equal ["422", "CONTEXT_INVALID"], [refused.code, error_of(refused).first]
    assert_match(/customer/, error_of(refused).last["violations"].to_s)
    assert_equal "422", post("/orders", [1]).code
    broken = post("/orders", "{")
    assert_equal ["400", "BODY_NOT_JSON"], [broken.code, error_of(broken).first]

    shipment = create("/shipments", order_reference: reference, parcels: 1)
    [shipment.sub("shipments", "orders"), "/orders/999999999", "/orders/#{"9" * 30}", "/orders/none"].each do |path|
      assert_equal "404", get(path).code, path
      assert_match(/NOT_FOUND/, error_of(get(path)).first)
    end
  end

  def test_a_shipment_is_booked_when_the_carrier_is_back
    order = reference
    carrier.answers_next(order, 503)
    shipment = ended(create("/shipments", order_reference: order, parcels: 3))

    assert_equal "complete", shipment["state"]
    booking = { "booking_id" => "B-#{order}", "parcels" => 3 }
    assert_equal [2, booking], step(shipment, "book_carrier").values_at("attempts", "results")
    assert_equal "Order #{order}: 3 parcels booked as B-#{order}", step(shipment, "announce_shipment")["results"]["text"]
  end

  def test_a_carrier_that_refuses_ends_the_shipment
    order = reference
    carrier.answers_next(order, 422)
    shipment = ended(create("/shipments", order_reference: order, parcels: 1))

    assert_equal "error", shipment["state"]
    booking = step(shipment, "book_carrier")
    assert_equal [1, "HTTP_422"], [booking["attempts"], booking["error"]["error_code"]]
  end

  def test_another_worker_takes_over_from_one_that_was_killed
    shipment, = held_shipment
    Processes.stop(Processes.worker, "KILL")
    Processes.worker

    assert_equal "complete", ended(shipment)["state"]
    assert_equal 2, step(json(get(shipment)), "book_carrier")["attempts"]
  end

  def test_a_worker_that_is_told_to_end_finishes_its_step
    shipment, status = held_shipment
    worker = Processes.worker
    stopping = Thread.new { Processes.stop(worker, "TERM") }
    status << 201

    assert_predicate stopping.value, :success?
    assert_equal [1, "complete"], step(json(get(shipment)), "book_carrier").values_at("attempts", "state")
    Processes.worker
    assert_equal "complete", ended(shipment)["state"]
  end

  private

  # A shipment whose booking the carrier holds, and what takes the carrier's answer.
  def held_shipment
    order = reference
    booked, status = carrier.holds_next(order)
    shipment = create("/shipments", order_reference: order, parcels: 1)
    Timeout.timeout(LIMIT) { booked.pop }
    [shipment, status]
  end
end
