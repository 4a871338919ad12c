# frozen_string_literal: true

require_relative "engine_helper"
require "bigdecimal"
require "date"
require "set"
require "socket"
require "timeout"
require "tmpdir"

return if EngineHelper::MISSING.any?

class EngineTest < Minitest::Test
  include EngineHelper

  class Add < Tasker::StepHandler
    def process(task, _sequence, _step) = { "sum" => task.context["a"] + task.context["b"] }
  end

  class Double < Tasker::StepHandler
    def process(_task, sequence, _step) = sequence.results_of(:add)["sum"] * 2
  end

  class Report < Tasker::StepHandler
    def process(task, sequence, step)
      far = sequence.find_step_by_name("add")
      { "far" => far.results["sum"], "state" => far.state, "near" => sequence.results_of("double"),
        "config" => config["unit"], "name" => step.name, "tags" => task.tags, "frozen" => task.context.frozen? }
    end
  end

  SUMS = { add: Add, double: [Double, { depends_on_step: "add" }],
           report: [Report, { depends_on_step: "double", handler_config: { "unit" => "kg" } }] }.freeze

  def test_a_task_runs_through_its_steps_with_parents_and_far_ancestors
    task = engine.create_task(template("sums", SUMS), { a: 2, "b" => 3 }, tags: %w[x], priority: 3)

    assert_predicate task, :created?
    assert_equal "complete", engine.wait(task, timeout: LIMIT)
    document = engine.task(task.id)
    assert_equal({ "far" => 5, "state" => "complete", "near" => 10, "config" => "kg", "name" => "report",
                   "tags" => ["x"], "frozen" => true }, document["steps"].last["results"])
    assert_equal 3, document["priority"]
    refute_empty document["transitions"]
    refute_includes engine.task(task, transitions: false), "transitions"
  end

  class Seen < Tasker::Subscriber
    EVENTS = Thread::Queue.new

    def handle(event)
      EVENTS << [config["as"], event["event_type"], event["task_id"]]
      raise "not mine" if config["fails"]
    end
  end

  def test_subscribers_take_the_events_that_they_ask_for_until_they_are_ended
    name = engine.subscribe(Seen, events: "task.completed", template: "default.seen", config: { as: "one" })
    engine.subscribe(Seen, events: %w[step.completed task.completed], name: "failing", template: "default.seen",
                           config: { as: "failing", fails: true })
    2.times { run_seen }
    seen = 6.times.map { Timeout.timeout(LIMIT) { Seen::EVENTS.pop } }

    assert_equal %w[task.completed task.completed], seen.select { |as,| as == "one" }.map { |event| event[1] }
    assert_equal %w[step.completed task.completed step.completed task.completed],
                 seen.select { |as,| as == "failing" }.map { |event| event[1] }
    assert_equal @seen_tasks, seen.select { |as,| as == "one" }.map(&:last)
    assert engine.unsubscribe(name)
    refute engine.unsubscribe(name)
    assert engine.unsubscribe("failing")
    run_seen
    assert_empty Seen::EVENTS
  end

  def run_seen
    task = engine.create_task(template("seen", { add: Add }), { a: 1, b: 1 })
    (@seen_tasks ||= []) << task.id
    assert_equal "complete", engine.wait(task, timeout: LIMIT)
  end

  def test_a_subscription_that_makes_no_sense_is_refused
    assert_equal "SUBSCRIPTION_INVALID", assert_raises(Tasker::Engine::Invalid) {
      engine.subscribe(Seen, events: [])
    }.code
    assert_equal "SUBSCRIPTION_INVALID", assert_raises(Tasker::Engine::Invalid) {
      engine.subscribe(Add, events: ["task.completed"])
    }.code
    assert_equal "SUBSCRIPTION_INVALID", assert_raises(Tasker::Engine::Invalid) {
      engine.subscribe(Seen, events: ["order.shipped"], durable: true)
    }.code
  end

  class Stranger < Tasker::StepHandler
    def process(_task, sequence, _step) = sequence.results_of("nobody")
  end

  def test_a_step_that_is_no_ancestor_is_a_permanent_error
    step = attempt(Stranger)

    assert_equal "error", step["state"]
    assert_equal 1, step["attempts"]
    assert_equal "STEP_NOT_AN_ANCESTOR", step["error"]["error_code"]
  end

  BLOCK = Tasker.step_handler("engine_test.block", retry_limit: 7) { |task| { "got" => task.context["x"] } }

  def test_blocks_and_declarations
    step = attempt(BLOCK, { x: 1 })

    assert_equal({ "got" => 1 }, step["results"])
    assert_equal 7, step["retry_limit"]
  end

  class Merging < Tasker::StepHandler
    def process(_task, _sequence, step)
      raise Tasker::RetryableError.new("later", retry_after: 0.3) if step.attempts < 3

      step.attempts
    end

    def process_results(_step, output, initial_results) = { "output" => output, "before" => initial_results }
  end

  def test_a_step_is_retried_after_the_delay_that_it_asks_for
    began = now
    step = attempt(Merging, {}, default_retry_limit: 5)

    assert_operator now - began, :>=, 0.6
    assert_equal({ "output" => 3, "before" => nil }, step["results"])
    assert_equal 3, step["attempts"]
  end

  class Failing < Tasker::StepHandler
    def process(_task, _sequence, _step)
      raise KeyError, "inner"
    rescue KeyError
      raise Tasker::PermanentError.new("outer", error_code: :DECLINED, context: { at: Time.at(0).utc, odd: Object })
    end
  end

  def test_a_permanent_error_is_stored_with_code_context_cause_and_own_frames
    error = attempt(Failing)["error"]

    assert_equal %w[Tasker::PermanentError outer DECLINED], error.values_at("class", "message", "error_code")
    refute error["retryable"]
    assert_equal({ "context_refused" => "context.odd: a value of class Class cannot be stored" }, error["context"])
    assert_equal %w[KeyError inner], error["cause"].values_at("class", "message")
    assert_includes error["backtrace"].first, "engine_test.rb"
    refute(error["backtrace"].any? { |line| line.include?("tasker/engine") })
  end

  class Saying < Tasker::StepHandler
    def process(task, _sequence, _step)
      case task.context["say"]
      when "date" then { at: Time.at(0, 5, :nsec).utc, on: Date.new(2020, 1, 2), of: Set[1, :two], sum: BigDecimal("1.50") }
      when "big" then 2**80
      when "text" then { "ä" => "\u0000 \"\\ \u{1F600}".encode("UTF-16LE") }
      when "deep" then 99.times.reduce(1) { |inner, _| [inner] }
      end
    end
  end

  def test_json_like_values_are_stored
    assert_equal({ "at" => "1970-01-01T00:00:00.000000005Z", "on" => "2020-01-02", "of" => [1, "two"], "sum" => "1.5" },
                 attempt(Saying, { say: "date" })["results"])
    assert_equal 2**80, attempt(Saying, { say: "big" })["results"]
    assert_equal 99.times.reduce(1) { |inner, _| [inner] }, attempt(Saying, { say: "deep" })["results"]
    refused = attempt(Saying, { say: "text" })["error"]
    assert_includes refused.to_s, "results", "PostgreSQL stores no zero character"
  end

  class Odd < Tasker::StepHandler
    Struct.new("OddThing", :x)

    def process(task, _sequence, _step)
      case task.context["do"]
      when "exception" then raise Exception, "bare"
      when "exit" then exit 3
      when "interrupt" then raise Interrupt, "^C"
      when "kill" then Thread.current.kill
      when "throw" then throw :nobody
      when "recurse" then recurse(0)
      when "object" then { "list" => [1, Object.new] }
      when "nan" then [Float::NAN]
      when "cycle" then [].tap { |list| list << list }
      when "bytes" then "\xFF".b
      when "key" then { 1 => 2 }
      when "deep" then 101.times.reduce(1) { |inner, _| [inner] }
      when "large" then "x" * 5_000_000
      when "mute" then raise Mute
      end
    end

    def recurse(depth) = recurse(depth + 1) + 1

    class Mute < StandardError
      def message = raise("no message")
      def backtrace = raise("no backtrace")
    end
  end

  REFUSED = {
    "object" => ["RESULT_NOT_JSON", "results.list[1]: a value of class Object cannot be stored"],
    "nan" => ["RESULT_NOT_JSON", "results[0]: NaN is no JSON number"],
    "cycle" => ["RESULT_NOT_JSON", "results[0]: the value contains itself"],
    "bytes" => ["RESULT_NOT_JSON", "results: bytes cannot be stored; turn them into text first (base64)"],
    "key" => ["RESULT_NOT_JSON", "results: the key 1 is a Integer; keys must be text"],
    "deep" => ["RESULT_TOO_LARGE", "results#{"[0]" * 100}: the value is nested deeper than 100 levels"]
  }.freeze

  def test_what_cannot_be_stored_is_refused_with_its_path
    REFUSED.each do |what, (code, message)|
      step = attempt(Odd, { do: what })
      expected = [code, "the result cannot be stored: #{message}", "ResultNotJson"]
      assert_equal expected, step["error"].values_at("error_code", "message", "class"), what
      assert_equal 1, step["attempts"]
    end
    assert_equal "RESULT_TOO_LARGE", attempt(Odd, { do: "large" })["error"]["error_code"]
  end

  RAISED = { "exception" => %w[Exception bare], "exit" => %w[SystemExit exit], "interrupt" => %w[Interrupt ^C],
             "kill" => ["SystemExit", "the handler ended its thread, or jumped out of its call"],
             "throw" => ["UncaughtThrowError", "uncaught throw :nobody"],
             "recurse" => ["SystemStackError", "stack level too deep"],
             "mute" => %w[EngineTest::Odd::Mute EngineTest::Odd::Mute] }.freeze

  def test_whatever_a_handler_raises_is_described_and_the_worker_goes_on
    2.times do
      RAISED.each do |what, described|
        error = attempt(Odd, { do: what }, default_retry_limit: 1)["error"]
        assert_equal described, error.values_at("class", "message"), what
        assert error["retryable"], what
      end
    end
    assert_equal({ "got" => 2 }, attempt(BLOCK, { x: 2 })["results"])
  end

  class Reentrant < Tasker::StepHandler
    def process(task, _sequence, _step)
      made = EngineHelper.engine.create_task("sums", { a: 1, b: task.context["b"] })
      { "state" => EngineHelper.engine.wait(made, timeout: EngineHelper::LIMIT), "fiber" => Fiber.new { heartbeat && checkpoint }.resume,
        "child" => `echo hi`.chomp, "status" => $?.exitstatus }
    end
  end

  def test_a_handler_may_call_the_engine_use_fibers_and_run_children
    template("sums", SUMS)
    assert_equal({ "state" => "complete", "fiber" => nil, "child" => "hi", "status" => 0 },
                 attempt(Reentrant, { b: 1 })["results"])
  end

  class Beating < Tasker::StepHandler
    BEGUN = Thread::Queue.new
    ENDED = Thread::Queue.new

    def process(_task, _sequence, step)
      BEGUN << step.workflow_step_id
      loop do
        heartbeat
        sleep 0.01
      end
    rescue Tasker::StepCancelled => e
      ENDED << [cancelled?, e.class]
      raise
    end
  end

  def test_a_handler_of_a_cancelled_task_learns_of_it_by_its_heartbeat
    task = engine.create_task(template("beating", { only: [Beating, { timeout_seconds: 1 }] }))
    Timeout.timeout(LIMIT) { Beating::BEGUN.pop }
    sleep 1.2 # Longer than the timeout: it beats.
    assert_equal "in_progress", engine.task(task)["steps"].first["state"]
    changes = engine.cancel(task, **OPERATOR)

    assert_equal [true, Tasker::StepCancelled], Timeout.timeout(LIMIT) { Beating::ENDED.pop }
    assert_includes changes.map { |change| change["to_state"] }, "cancelled"
    assert_equal "cancelled", engine.wait(task, timeout: LIMIT)
  end

  class Counting < Tasker::StepHandler
    def process(_task, _sequence, step)
      done = checkpoint || { "row" => 0 }
      heartbeat({ row: done["row"] + 1 })
      raise Tasker::RetryableError.new("again", retry_after: 0) if step.attempts < 3

      checkpoint
    end
  end

  class BadCheckpoint < Tasker::StepHandler
    def process(_task, _sequence, _step) = heartbeat([Object.new])
  end

  def test_a_checkpoint_lasts_over_attempts
    assert_equal({ "row" => 3 }, attempt(Counting)["results"])
    error = attempt(BadCheckpoint)["error"]
    assert_equal "CHECKPOINT_INVALID", error["error_code"]
    assert_includes error["message"], "checkpoint[0]: a value of class Object"
  end

  class Calling < Tasker::StepHandler
    def process(task, _sequence, _step)
      url = task.context["url"]
      logger.info("calling", url: url, odd: Object.new)
      publish "engine_test.called", url: url
      refused = begin
        publish "engine_test.called", odd: Object.new
      rescue Tasker::PermanentError => e
        e.error_code
      end
      response = http.post(url, json: { a: 1 }, headers: { "X-Key" => "k" })
      gone = begin
        Tasker.http.get("http://127.0.0.1:1/")
      rescue Tasker::RetryableError => e
        e.class.name
      end
      { "status" => response.status, "text" => response.text, "refused" => refused, "gone" => gone,
        "file" => read_text("rates.txt") }
    end
  end

  class Api < Tasker::ApiStepHandler
    def call(_task, _sequence, _step) = client.post({ b: 2 })
  end

  def test_a_handler_calls_http_reads_files_logs_and_publishes
    with_server do |url|
      Dir.mktmpdir do |folder|
        Dir.mkdir("#{folder}/data")
        File.write("#{folder}/data/rates.txt", "1.1")
        File.write("#{folder}/calling.yaml", JSON.pretty_generate(
          { name: "calling", default_runtime: "ruby", custom_events: [{ name: "engine_test.called" }],
            step_templates: [{ name: "call", handler_class: "EngineTest::Calling" },
                             { name: "api", handler_class: "EngineTest::Api", handler_config: { url: url } }] }
        ))
        engine.register_handlers(Calling, Api)
        assert_equal "calling", engine.register_template("#{folder}/calling.yaml")["name"]
        task = engine.create_task("calling", { url: url })

        assert_equal "complete", engine.wait(task, timeout: LIMIT), engine.task(task)
        call, api = engine.task(task)["steps"].map { |step| step["results"] }
        assert_equal({ "status" => 200, "text" => '{"got":"{\"a\":1}"}', "refused" => "EVENT_INVALID",
                       "gone" => "Tasker::RetryableError", "file" => "1.1" }, call)
        assert_equal({ "got" => '{"b":2}' }, api["body"])
      end
    end
  end

  class Hooks < Tasker::TaskHandler
    def establish_step_dependencies_and_defaults(_task, steps) = steps.first["retry_limit"] = 9
  end

  def test_hooks_of_a_task_handler_run_here
    engine.register_handlers(Hooks)
    name = template("hooked", { add: Add }, task_handler: { runtime: "ruby", handler_class: "EngineTest::Hooks" })
    task = engine.create_task(name, { a: 1, b: 1 })

    assert_equal 9, engine.task(task)["steps"].first["retry_limit"]
    assert_equal "complete", engine.wait(task, timeout: LIMIT)
  end

  def test_operators_act_on_tasks_and_steps
    name = template("operated", { fail: [Odd, { default_retry_limit: 1 }], next: [Double, { depends_on_step: "fail" }] })
    task = engine.create_task(name, { do: "exception" }, draft: true)
    engine.launch(task, **OPERATOR)

    assert_equal "error", engine.wait(task, timeout: LIMIT)
    engine.retry(task, reset_attempts: true, **OPERATOR)
    assert_equal "error", engine.wait(task, timeout: LIMIT)
    refute_empty engine.why(task, "next")
    step = engine.task(task)["steps"].first
    assert_equal "resolved_manually", engine.resolve(task, **OPERATOR).last["to_state"]

    paused = engine.create_task(name, { do: "exception" }, draft: true)
    assert_equal "complete", engine.complete_step(paused, :fail, { sum: 4 }, **OPERATOR).first["to_state"]
      .sub("resolved_manually", "complete")
    assert_equal({ "sum" => 4 }, engine.task(paused)["steps"].first["results"])
    engine.skip_step(paused, "next", **OPERATOR) rescue assert_kind_of Tasker::Engine::Conflict, $!
    engine.cancel(paused, **OPERATOR)
    assert_equal "cancelled", engine.wait(paused, timeout: LIMIT)
    assert_raises(Tasker::Engine::Conflict) { engine.retry_step(nil, step["workflow_step_id"], **OPERATOR) }
  end

  def test_each_kind_of_error_has_its_class_code_and_details
    name = template("sums", SUMS)
    found = assert_raises(Tasker::Engine::NotFound) { engine.task(999_999_999) }
    assert_equal ["TASK_NOT_FOUND", { "task_id" => 999_999_999 }], [found.code, found.details]
    assert_equal "TEMPLATE_NOT_FOUND", assert_raises(Tasker::Engine::NotFound) { engine.create_task("gone") }.code
    assert_equal "REQUEST_INVALID", assert_raises(Tasker::Engine::Invalid) { engine.create_task(name, {}, nope: 1) }.code
    assert_equal "REQUEST_INVALID", assert_raises(Tasker::Engine::Invalid) { engine.call("nope") }.code
    refused = assert_raises(Tasker::Engine::Invalid) { engine.create_task(name, { a: [Object.new] }) }
    assert_equal ["INPUT_NOT_JSON", { "path" => "request.context.a[0]" }], [refused.code, refused.details]
    assert_raises(Tasker::Engine::Invalid) { engine.register_template("name: [\n") }
    assert_raises(Tasker::Engine::Invalid) { engine.register_template("missing.yaml") }
    assert_raises(ArgumentError) { engine.task("7") }
    key = "k#{rand(1 << 60)}"
    once = engine.create_task(name, { a: 1, b: 1 }, idempotency_key: key)
    duplicate = assert_raises(Tasker::Engine::Conflict) { engine.create_task(name, { a: 1, b: 1 }, idempotency_key: key) }
    assert_equal "TASK_DUPLICATE", duplicate.code
    found = engine.create_task(name, { a: 1, b: 1 }, idempotency_key: key, duplicates: "skip")
    assert_equal [once.id, false], [found.id, found.created?]
    odd = assert_raises(Tasker::Engine::Invalid) { engine.create_task(name, {}, duplicates: "return") }
    assert_includes odd.message, "must be refuse or skip"
    assert_equal "OPTION_INVALID", assert_raises(Tasker::Engine::Invalid) { EngineHelper.open(slots: 0) }.code
    assert_equal "CONFIG_UNKNOWN_KEY",
                 assert_raises(Tasker::Engine::Invalid) { EngineHelper.open(settings: { "no.such" => 1 }) }.code
    task = engine.create_task(name, { a: 1, b: 1 })
    engine.wait(task, timeout: LIMIT)
    assert_equal "TASK_STATE_CONFLICT", assert_raises(Tasker::Engine::Conflict) { engine.pause(task, **OPERATOR) }.code
    away = assert_raises(Tasker::Engine::Unavailable) do
      Tasker::Engine.open(database_url: "postgresql://nobody@127.0.0.1:1/none",
                          settings: { "database.connect_timeout" => "1s", "database.pool_wait_timeout" => "1s" })
    end
    assert_equal "DATABASE_UNAVAILABLE", away.code
  end

  def test_handlers_are_checked_when_they_are_registered
    other = Class.new(Tasker::StepHandler) { handler_name "EngineTest::Add" }
    odd = Class.new(Tasker::StepHandler) { def process(task) = task }
    odd.handler_name("engine_test.odd")
    engine.register_handlers(Add)

    assert_equal "HANDLER_NOT_A_STEP_HANDLER", assert_raises(Tasker::Engine::Invalid) { engine.register_handlers(String) }.code
    assert_equal "HANDLER_CLASS_MISSING",
                 assert_raises(Tasker::Engine::Invalid) { engine.register_handlers(Class.new(Tasker::StepHandler)) }.code
    assert_equal "HANDLER_SIGNATURE_INVALID", assert_raises(Tasker::Engine::Invalid) { engine.register_handlers(odd) }.code
    taken = assert_raises(Tasker::Engine::Conflict) { engine.register_handlers(other) }
    assert_includes taken.message, "EngineTest::Add in #{__FILE__}"
    assert_equal ["ruby:EngineTest::Add"], engine.register_handlers(Add)
  end

  class Slow < Tasker::StepHandler
    BEGUN = Thread::Queue.new
    GO = Thread::Queue.new

    def process(_task, _sequence, _step)
      BEGUN << true
      GO.pop
      "done"
    end
  end

  def test_waiting_has_an_end
    task = engine.create_task(template("slow", { only: Slow }))
    Timeout.timeout(LIMIT) { Slow::BEGUN.pop }

    assert_nil engine.wait(task, timeout: 0.05)
    Slow::GO << true
    assert_equal "complete", engine.wait(task, timeout: LIMIT)
  end

  class Lasting < Tasker::StepHandler
    BEGUN = Thread::Queue.new
    GO = Thread::Queue.new

    def process(_task, _sequence, step)
      BEGUN << step.attempts
      GO.pop
      "done"
    end
  end

  def test_a_worker_that_stops_lets_steps_finish_and_gives_the_rest_back
    first = EngineHelper.open(slots: 2)
    name = template("lasting", { only: Lasting }, on: first)
    worker = first.worker(threads: 2).start
    finished = first.create_task(name)
    assert_equal 1, Timeout.timeout(LIMIT) { Lasting::BEGUN.pop }
    stopping = Thread.new { worker.stop(timeout: LIMIT) }
    eventually { stopping.status == "sleep" }
    Lasting::GO << true
    stopping.join
    assert_predicate first, :closed?
    assert_equal "complete", engine.task(finished)["state"]

    second = EngineHelper.open(slots: 2)
    template("lasting", { only: Lasting }, on: second)
    worker = second.worker.start
    left = second.create_task(name)
    Timeout.timeout(LIMIT) { Lasting::BEGUN.pop }
    worker.stop(timeout: 0)
    step = engine.task(left)["steps"].first
    assert_equal ["pending", 0], step.values_at("state", "attempts")
    Lasting::GO << true
    engine.register_handlers(Lasting)
    Lasting::GO << true
    assert_equal "complete", engine.wait(left, timeout: LIMIT)
  end

  def test_calls_after_close_raise_closed_and_closing_again_does_nothing
    closed = EngineHelper.open
    closed.close
    closed.close

    [-> { closed.task(1) }, -> { closed.create_task("sums") }, -> { closed.handle_task(1) }, -> { closed.worker.start },
     -> { closed.wait(1, timeout: 1) }].each do |call|
      assert_equal "ENGINE_CLOSED", assert_raises(Tasker::Engine::Closed) { call.call }.code
    end
    assert_predicate closed, :closed?
    assert_equal 1, EngineHelper.open { 1 }
  end

  def test_garbage_collection_at_every_step_breaks_nothing
    task = engine.create_task(template("sums", SUMS), { a: 1, b: 1 })
    assert_equal "complete", engine.wait(task, timeout: LIMIT)
    GC.stress = true
    3.times { assert_equal "complete", engine.wait(task, timeout: 5) }
    GC.stress = false
    GC.compact if GC.respond_to?(:compact)
    assert_equal 4, engine.task(task)["steps"][1]["results"]
  ensure
    GC.stress = false
  end

  def test_calls_from_many_threads_at_once
    name = template("sums", SUMS)
    states = Array.new(12) do |number|
      Thread.new do
        Array.new(5) { engine.wait(engine.create_task(name, { a: number, b: 1 }), timeout: LIMIT) }
      end
    end.flat_map(&:value)

    assert_equal ["complete"], states.uniq
  end

  def test_a_thousand_tasks_through_a_worker
    name = template("sums", SUMS)
    began = now
    made = Array.new(4) do |part|
      Thread.new { Array.new(250) { |number| engine.create_task(name, { a: part, b: number }) } }
    end.flat_map(&:value)

    made.each { |task| assert_equal "complete", engine.wait(task, timeout: 120) }
    assert_equal 498, engine.task(made[249])["steps"][1]["results"]
    puts format("1,000 tasks of 3 steps: %.1f s", now - began) if ENV["TASKER_TEST_FIGURES"]
  end

  private

  # A server that answers with the body it was sent.
  def with_server
    server = TCPServer.new("127.0.0.1", 0)
    serving = Thread.new do
      loop do
        socket = server.accept
        length = 0
        while (line = socket.gets.to_s.chomp) != ""
          length = line[/\Acontent-length: (\d+)/i, 1].to_i if line.match?(/\Acontent-length/i)
        end
        body = JSON.generate({ "got" => socket.read(length) })
        socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: #{body.bytesize}\r\n" \
                     "Connection: close\r\n\r\n#{body}")
        socket.close
      end
    end
    yield "http://127.0.0.1:#{server.addr[1]}/"
  ensure
    serving&.kill
    server&.close
  end
end
