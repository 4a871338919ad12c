# frozen_string_literal: true

require_relative "../lib/tasker"
require "minitest/autorun"

# Records the calls that a handler makes, and answers with what it was given.
class RecordingHost
  attr_reader :got

  def initialize(answers = {})
    @answers = answers
    @got = []
  end

  %i[read_text publish log heartbeat checkpoint is_cancelled http api_send api_check api_results].each do |operation|
    define_method(operation) do |*arguments|
      @got << [operation, *arguments]
      answer = @answers[operation]
      answer.is_a?(Exception) ? raise(answer) : answer
    end
  end
end

class LoggerTest < Minitest::Test
  class Charge < Tasker::StepHandler
  end

  # Has no text of its own.
  class Mute
    def to_s = raise("no text")
  end

  def test_lines_go_to_the_host_with_their_fields
    host = RecordingHost.new
    logger = Charge.new.tasker_bind(host).logger

    logger.debug("looking")
    logger.info("charged", cents: 950, "gateway" => "eu-1")
    logger.warn("slow", { "seconds" => 3 })
    logger.error("lost")

    assert_equal [[:log, "debug", "looking", {}],
                  [:log, "info", "charged", { cents: 950, "gateway" => "eu-1" }],
                  [:log, "warn", "slow", { "seconds" => 3 }],
                  [:log, "error", "lost", {}]], host.got
  end

  def test_outside_an_engine_a_line_goes_to_standard_error
    logger = Charge.new.logger

    assert_output("", "INFO charged cents=950 gateway=eu-1 note=\"two words\"\n") do
      logger.info("charged", cents: 950, gateway: "eu-1", note: "two words")
    end
    assert_output("", "ERROR two lines list=\"[1, 2]\"\n") { logger.error("two\n lines", list: [1, 2]) }
  end

  def test_it_never_raises
    assert_output("", "INFO ? value=?\n") { Charge.new.logger.info(Mute.new, value: Mute.new) }
    assert_output("", "INFO caf? fields=7\n") { Charge.new.logger.info("caf\xE9", 7) }
    assert_nil Charge.new.tasker_bind(RecordingHost.new(log: RuntimeError.new("gone"))).logger.info("charged")
  end

  def test_it_is_made_once
    handler = Charge.new

    assert_same handler.logger, handler.logger
  end

  def test_it_finds_a_host_that_came_later
    handler = Charge.new
    logger = handler.logger
    host = RecordingHost.new
    handler.tasker_bind(host)

    assert_silent { logger.info("charged") }
    assert_equal [[:log, "info", "charged", {}]], host.got
  end
end

class HeartbeatTest < Minitest::Test
  class Import < Tasker::StepHandler
  end

  def test_a_heartbeat_without_a_checkpoint_is_not_one_with_nil
    host = RecordingHost.new
    handler = Import.new.tasker_bind(host)

    handler.heartbeat
    handler.heartbeat(nil)
    handler.heartbeat({ "page" => 3 })
    handler.heartbeat(page: 4)

    assert_equal [[:heartbeat], [:heartbeat, nil], [:heartbeat, { "page" => 3 }], [:heartbeat, { page: 4 }]], host.got
  end

  def test_checkpoint_and_cancellation_come_from_the_host
    handler = Import.new.tasker_bind(RecordingHost.new(checkpoint: 7, is_cancelled: true))

    assert_equal 7, handler.checkpoint
    assert_predicate handler, :cancelled?
  end

  def test_a_cancelled_attempt_is_told_by_an_error_of_its_own
    handler = Import.new.tasker_bind(RecordingHost.new(heartbeat: Tasker::StepCancelled.new))
    error = assert_raises(Tasker::StepCancelled) { handler.heartbeat }

    assert_equal "the attempt was cancelled", error.message
    assert_kind_of Tasker::Error, error
  end

  def test_without_a_host_each_call_says_what_to_do
    calls = { heartbeat: -> { Import.new.heartbeat }, checkpoint: -> { Import.new.checkpoint },
              is_cancelled: -> { Import.new.cancelled? }, http: -> { Import.new.http.get("https://example.com") } }
    calls.each do |operation, call|
      error = assert_raises(Tasker::Error, operation) { call.call }
      assert_includes error.message, "HeartbeatTest::Import is not running in an engine, so #{operation}"
      assert_includes error.message, "give an object with #{operation} first: handler.tasker_bind(host)"
    end
  end

  def test_a_host_that_lacks_a_method_is_told_so
    error = assert_raises(Tasker::Error) { Import.new.tasker_bind(Object.new).heartbeat }

    assert_includes error.message, "the host given to HeartbeatTest::Import has no heartbeat"
  end
end

class HttpTest < Minitest::Test
  class Rates < Tasker::StepHandler
  end

  ANSWER = { "status" => 201, "headers" => { "content-type" => "application/json" },
             "text" => '{"id": 7}', "url" => "https://example.com/orders/7", "index" => 0 }.freeze

  def setup
    @host = RecordingHost.new(http: ANSWER)
    @http = Rates.new.tasker_bind(@host).http
  end

  def test_a_request_carries_what_was_given_and_no_more
    @http.get("https://example.com")
    @http.post("https://example.com/orders", json: { id: 7 }, headers: { "X-Key" => "k" }, params: { a: 1 }, timeout: 10)

    assert_equal [[:http, { "method" => "GET", "url" => "https://example.com" }],
                  [:http, { "method" => "POST", "url" => "https://example.com/orders", "headers" => { "X-Key" => "k" },
                            "params" => { a: 1 }, "json" => { id: 7 }, "timeout_seconds" => 10 }]], @host.got
  end

  def test_each_method_has_its_name
    %i[get head post put patch delete].each { |name| @http.public_send(name, "https://example.com") }
    @http.request(:options, "https://example.com", body: "text")

    assert_equal %w[GET HEAD POST PUT PATCH DELETE OPTIONS], @host.got.map { |call| call.last["method"] }
    assert_equal "text", @host.got.last.last["body"]
  end

  def test_a_timeout_is_a_number_of_seconds
    @http.get("https://example.com", timeout: Rational(1, 2))

    assert_instance_of Float, @host.got.last.last["timeout_seconds"]
    error = assert_raises(ArgumentError) { @http.get("https://example.com", timeout: "10 s") }
    assert_equal 'timeout must be a number of seconds, not "10 s"', error.message
  end

  def test_the_response_shows_what_came
    response = @http.get("https://example.com")

    assert_equal [201, true, "application/json", '{"id": 7}', "https://example.com/orders/7", { "id" => 7 }],
                 [response.status, response.ok?, response.headers["content-type"], response.text, response.url, response.json]
    refute_includes response.inspect, "id"
  end

  def test_only_200_to_299_is_ok
    found = [199, 200, 299, 300].map { |status| Tasker::HttpResponse.new({ "status" => status }).ok? }

    assert_equal [false, true, true, false], found
  end

  def test_the_client_of_the_module_finds_the_attempt_of_this_thread
    Thread.current[:tasker_handler_host] = @host
    Tasker.http.get("https://example.com")

    assert_equal [[:http, { "method" => "GET", "url" => "https://example.com" }]], @host.got
  ensure
    Thread.current[:tasker_handler_host] = nil
  end

  def test_the_client_of_the_module_is_nothing_outside_an_engine
    error = assert_raises(Tasker::Error) { Tasker.http.get("https://example.com") }

    assert_includes error.message, 'Tasker.http is not running in an engine, so http("https://example.com")'
  end
end

class ApiStepHandlerTest < Minitest::Test
  class CreateLabel < Tasker::ApiStepHandler
    def call(task, _sequence, _step) = client.post({ "order" => task.context["order_id"] })
  end

  class Own < CreateLabel
    def results(_step, response, initial_results) = [response.json["id"], initial_results]
  end

  class Text < Tasker::ApiStepHandler
    def call(_task, _sequence, _step) = "text"
  end

  class Bare < Tasker::ApiStepHandler
  end

  TASK = Tasker::Task.new({ "context" => { "order_id" => 7 } })

  def host(more = {})
    RecordingHost.new({ api_send: { "status" => 200, "text" => '{"id": 5}', "index" => 3 }, api_results: "stored" }.merge(more))
  end

  def run_handler(handler, host)
    handler.tasker_bind(host)
    handler.process_results(nil, handler.process(TASK, nil, nil), "before")
  end

  def test_the_engine_decides_and_gives_what_is_stored
    host = host()

    assert_equal "stored", run_handler(CreateLabel.new, host)
    assert_equal [[:api_send, "POST", nil, { "order" => 7 }], [:api_check, 3], [:api_results, 3]], host.got
  end

  def test_what_is_stored_may_be_another_thing
    assert_equal [5, "before"], run_handler(Own.new, host)
  end

  def test_a_refused_response_fails_the_step
    refusal = Tasker::PermanentError.new("gone", error_code: "HTTP_404")

    assert_same(refusal, assert_raises(Tasker::PermanentError) { run_handler(CreateLabel.new, host(api_check: refusal)) })
  end

  def test_the_client_sends_with_any_method_and_to_other_addresses
    host = host()
    client = CreateLabel.new.tasker_bind(host).client
    client.get
    client.get("/labels/5")
    client.send_request(:put, "/labels/5", { "a" => 1 })
    client.send_request("DELETE")

    assert_equal [[:api_send, "GET", nil, nil], [:api_send, "GET", "/labels/5", nil],
                  [:api_send, "PUT", "/labels/5", { "a" => 1 }], [:api_send, "DELETE", nil, nil]], host.got
  end

  def test_call_must_be_there_and_return_a_response
    error = assert_raises(Tasker::PermanentError) { run_handler(Text.new, host) }
    assert_equal ["RESPONSE_MISSING", "ApiStepHandlerTest::Text#call must return a response of client, not a String"],
                 [error.error_code, error.message]
    assert_equal("CALL_MISSING", assert_raises(Tasker::PermanentError) { run_handler(Bare.new, host) }.error_code)
  end
end
