# frozen_string_literal: true

require_relative "../lib/tasker"
require "minitest/autorun"

# The few calls of TruffleRuby that the prelude makes, over values of this Ruby.
unless defined?(Truffle)
  module Truffle
    module Interop
      def self.foreign?(_value) = false
      def self.array_size(list) = list.size
      def self.read_array_element(list, index) = list.fetch(index)
    end
  end
end

unless defined?(TaskerHost)
  PRELUDE = File.expand_path("../../polyglot/src/main/resources/dev/tasker/polyglot/prelude/prelude.rb", __dir__)
  eval(File.read(PRELUDE), TOPLEVEL_BINDING, "<tasker>/prelude.rb", 1)
end

# The engine's side of the prelude, as it is inside GraalVM, on this Ruby.
class PreludeTest < Minitest::Test
  # A text of another runtime.
  class Foreign
    def initialize(text) = @text = text
    def to_s = @text
  end

  # What the host does with its calls.
  class Engine
    attr_reader :calls

    def initialize(answers = {})
      @answers = answers
      @calls = []
    end

    def call(operation, *arguments)
      @calls << [operation, *arguments]
      @answers.fetch(operation) { ["ok", [TaskerHost::NULL]] }
    end
  end

  @files = 0

  class << self
    attr_accessor :files
  end

  # The flat form of a value, as the host writes it; texts are its own.
  def flat(value)
    list = TaskerHost::Walk.flat(value, "root").drop(1)
    list.map { |part| part.is_a?(String) ? Foreign.new(part) : part }
  end

  def fields(map) = ->(name) { flat(map[name.to_s]) }

  def read(answer) = [answer.first, TaskerHost::Copy.of(answer.drop(1))]

  def fresh_path = "/handlers/#{PreludeTest.files += 1}.rb"

  def load(text, path = fresh_path)
    assert_equal ["ok", nil], read(TaskerHost.load(Foreign.new(path), Foreign.new(text)))
    path
  end

  def run_handler(name, engine = Engine.new, task: {}, config: {}, previous: nil)
    step = { "name" => "second", "attempts" => 1 }
    read(TaskerHost.run("unused", Foreign.new(name), flat(config), engine, fields(task), fields(step), flat(previous)))
  end

  # Loads a handler with this body of `process`, and runs it.
  def run_body(body, engine = Engine.new, **more)
    name = "body#{PreludeTest.files}"
    load("Tasker.step_handler(#{name.inspect}) do |task, sequence, step|\n#{body}\nend\n")
    run_handler(name, engine, **more)
  end

  def resolve(path, name) = read(TaskerHost.resolve(path, name))

  def teardown
    assert_nil TaskerHost.thread
    assert_nil Thread.current[:tasker_handler_host]
  end
end

class RunTest < PreludeTest
  def test_data_goes_in_and_comes_out
    context = { "list" => [1, 2.5, nil, true, false, 2**70, "grüße"], "map" => { "a" => {} } }

    assert_equal ["ok", { "context" => context, "config" => { "x" => 1 }, "before" => [7] }],
                 run_kept(context)
  end

  def run_kept(context)
    load(<<~RUBY)
      class Kept < Tasker::StepHandler
        def process(task, _sequence, _step) = { context: task.context, config: config }
        def process_results(_step, output, initial_results) = { **output, before: initial_results }
      end
    RUBY
    run_handler("Kept", task: { "context" => context }, config: { "x" => 1 }, previous: [7])
  end

  def test_what_a_handler_is_given_is_frozen
    assert_equal ["ok", [true, true, true, true]], run_body(<<~RUBY, task: { "context" => { "list" => ["text"] } })
      list = task.context["list"]
      [task.context.frozen?, task.context.keys.first.frozen?, list.frozen?, list.first.frozen?]
    RUBY
  end

  def test_an_ancestor_is_looked_up
    engine = Engine.new("lookup" => ["ok", fields({ "name" => "first", "state" => "complete", "results" => 3 })])

    assert_equal ["ok", ["complete", 3]],
                 run_body('found = sequence.find_step_by_name("first"); [found.state, found.results]', engine)
    assert_equal [["lookup", "first"]], engine.calls
  end

  def test_a_handler_that_was_never_loaded_is_named
    kind, error = run_handler("Nowhere")

    assert_equal ["error", "NameError", "no loaded file has the handler Nowhere"], [kind, error["class"], error["message"]]
  end

  def test_an_error_is_described_with_its_lines_and_causes
    kind, error = run_body(<<~RUBY)
      begin
        {}.fetch("key")
      rescue KeyError
        raise Tasker::PermanentError.new("empty", error_code: :EMPTY, context: { cart: 7 })
      end
    RUBY

    assert_equal ["error", "permanent", "Tasker::PermanentError", "empty", "EMPTY", { "cart" => 7 }, "KeyError"],
                 [kind, *error.values_at("kind", "class", "message", "error_code", "context"), error["cause"]["class"]]
    assert_match %r{\A/handlers/\d+\.rb:5:in }, error["backtrace"].first
    assert_empty error["backtrace"].grep(/<tasker>/)
  end

  def test_a_retryable_error_keeps_its_delay
    _, error = run_body('raise Tasker::RetryableError.new("busy", retry_after: 1.5)')

    assert_equal ["retryable", "busy", 1.5], error.values_at("kind", "message", "retry_after")
  end
end

class FlatTest < PreludeTest
  # A map whose size is not what it says.
  class Liar < Hash
    def size = 99
  end

  def refused(body)
    kind, refusal = run_body(body)
    assert_equal "refused", kind, refusal
    refusal
  end

  def test_what_cannot_be_stored_is_named_with_its_path
    { "{ items: [1, { price: Float::NAN }] }" => ["results.items[1].price", "NaN is no JSON number"],
      "{ call: -> {} }" => ["results.call", "a value of class Proc cannot be stored"],
      "{ a: [BasicObject.new] }" => ["results.a[0]", "a value of class BasicObject cannot be stored"],
      "{ by: { 7 => 1 } }" => ["results.by", "the key 7 is a Integer; keys must be text"],
      '{ data: "\xFF\x00".b }' => ["results.data", "bytes cannot be stored; turn them into text first (base64)"],
      "Float::INFINITY" => ["results", "Infinity is no JSON number"],
      "value = { child: {} }; value[:child][:parent] = value" => ["results.child.parent", "the value contains itself"],
      "value = []; value << [1, value]; value" => ["results[0][1]", "the value contains itself"] }.each do |body, expected|
      body = "#{body}; value" if body.include?("parent")
      assert_equal ["RESULT_NOT_JSON", *expected], refused(body).values_at("code", "path", "reason"), body
    end
  end

  def test_a_value_that_is_too_deep_or_too_large_is_refused
    assert_equal ["RESULT_TOO_LARGE", "results#{"[0]" * 100}"],
                 refused("150.times.reduce([]) { |value, _| [value] }").values_at("code", "path")
    assert_equal "ok", run_body("99.times.reduce([]) { |value, _| [value] }").first
    assert_equal ["RESULT_TOO_LARGE", "the value has more than 1000000 parts"],
                 refused("Array.new(500_001, 1)").values_at("code", "reason")
  end

  def test_the_same_value_may_stand_in_two_places
    assert_equal ["ok", [{ "a" => 1 }, { "a" => 1 }]], run_body("same = { a: 1 }; [same, same]")
  end

  def test_other_classes_have_a_written_form
    body = <<~RUBY
      require "set"
      require "bigdecimal"
      require "date"
      [Time.utc(2026, 1, 2, 3, 4, 5), Time.new(2026, 1, 2, 3, 4, 5.5, "+02:00"), Date.new(2026, 1, 2), :symbol, Set[7],
       BigDecimal("1.10"), "caf\\xE9".dup.force_encoding("ISO-8859-1"), -(2**63), 2**63]
    RUBY

    assert_equal ["ok", ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.500000000+02:00", "2026-01-02", "symbol", [7],
                         "1.1", "café", -(2**63), 2**63]], run_body(body)
  end

  def test_a_map_is_counted_and_not_believed
    assert_equal ["ok", [{ "a" => 1 }, 2]], run_body("[FlatTest::Liar.new.merge!(a: 1), 2]")
  end

  def test_a_value_that_raises_while_it_is_read_fails_the_attempt
    kind, error = run_body('Class.new(Hash) { def each_pair = raise("unreadable") }.new')

    assert_equal %w[error unreadable], [kind, error["message"]]
  end
end

class OperationsTest < PreludeTest
  def test_read_text_and_publish_cross_as_before
    engine = Engine.new("read_text" => ["ok", flat("hello")])

    assert_equal ["ok", "hello"], run_body('publish(:"order.shipped", carrier: "post"); read_text("a.txt")', engine)
    assert_equal [["publish", "order.shipped", ["payload", *TaskerHost::Walk.flat({ "carrier" => "post" }, "x").drop(1)]],
                  ["read_text", "a.txt"]], engine.calls
  end

  def test_log_replaces_what_cannot_cross_by_its_text
    engine = Engine.new
    run_body('logger.info("charged", cents: 950, list: [1], nan: Float::NAN, "nan" => 2, who: Class, bytes: "\xFF".b)
              logger.warn("bare")', engine)
    (_, level, message, fields), bare = engine.calls

    assert_equal ["info", "charged", "fields"], [level, message, fields.first]
    assert_equal({ "cents" => 950, "list" => [1], "nan" => 2, "who" => "Class", "bytes" => "?" },
                 TaskerHost::Copy.of(fields.drop(1)))
    assert_equal ["log", "warn", "bare", nil], bare
  end

  def test_log_never_raises
    engine = Engine.new("log" => ["permanent", "no log", "", -1, flat({})])

    assert_equal ["ok", 7], run_body('logger.error("lost", x: BasicObject.new); 7', engine)
  end

  def test_a_heartbeat_tells_no_checkpoint_from_nil
    engine = Engine.new("checkpoint" => ["ok", flat({ "page" => 2 })], "is_cancelled" => ["ok", flat(false)])

    assert_equal ["ok", [{ "page" => 2 }, false]],
                 run_body("heartbeat; heartbeat(nil); heartbeat(page: 3); [checkpoint, cancelled?]", engine)
    assert_equal [["heartbeat", nil], ["heartbeat", ["checkpoint", 0]], ["heartbeat", ["checkpoint", 8, 1, "page", 3, 3]],
                  ["checkpoint"], ["is_cancelled"]], engine.calls
  end

  def test_a_cancelled_attempt_raises_and_may_clean_up
    engine = Engine.new("heartbeat" => ["cancelled", Foreign.new("step 7 was taken over")])
    kind, error = run_body("begin\nheartbeat\nensure\nlogger.info('cleaned')\nend", engine)

    assert_equal ["error", "Tasker::StepCancelled", "step 7 was taken over"], [kind, error["class"], error["message"]]
    assert_equal "cleaned", engine.calls.last[2]
  end

  def test_errors_of_the_host_can_be_rescued
    engine = Engine.new("read_text" => ["permanent", Foreign.new("absent"), Foreign.new("GONE"), -1, flat({ "a" => 1 })],
                        "checkpoint" => ["retryable", "busy", "", 2.5, flat({})],
                        "is_cancelled" => ["retryable", "busy", nil, -1, flat({})])

    assert_equal ["ok", ["GONE", { "a" => 1 }, 2.5, nil]], run_body(<<~RUBY, engine)
      found = []
      begin read_text("x"); rescue Tasker::PermanentError => e then found << e.error_code << e.context end
      begin checkpoint; rescue Tasker::RetryableError => e then found << e.retry_after end
      begin cancelled?; rescue Tasker::RetryableError => e then found << e.retry_after end
      found
    RUBY
  end

  def test_what_cannot_cross_is_a_permanent_error_with_its_path
    {
      'publish("a.b", list: [Object.new])' =>
        ["EVENT_INVALID", "event `a.b` cannot be published: payload.list[0]: a value of class Object cannot be stored"],
      "heartbeat({ n: Float::NAN })" =>
        ["CHECKPOINT_INVALID", "the checkpoint cannot be stored: checkpoint.n: NaN is no JSON number"],
      'http.post("http://a", json: { n: Float::NAN })' =>
        ["HTTP_REQUEST_INVALID", "the HTTP request cannot be sent: request.json.n: NaN is no JSON number"]
    }.each do |body, expected|
      engine = Engine.new
      kind, error = run_body(body, engine)
      assert_equal ["error", "permanent", *expected], [kind, *error.values_at("kind", "error_code", "message")]
      assert_empty engine.calls
    end
  end

  def test_an_http_response_is_read_field_by_field
    response = { "status" => 200, "headers" => { "a" => "b" }, "text" => "[1]", "url" => "http://a/", "index" => 0 }
    engine = Engine.new("http" => ["ok", fields(response)])

    assert_equal ["ok", [200, true, { "a" => "b" }, [1], "http://a/", 200]], run_body(<<~RUBY, engine)
      found = http.get("http://a", params: { q: 1 })
      [found.status, found.ok?, found.headers, found.json, found.url, Tasker.http.get("http://a").status]
    RUBY
    assert_equal({ "method" => "GET", "url" => "http://a", "params" => { "q" => 1 } },
                 TaskerHost::Copy.of(engine.calls.first[1].drop(1)))
  end

  def test_an_api_handler_sends_checks_and_stores
    load(<<~RUBY)
      class Label < Tasker::ApiStepHandler
        def call(_task, _sequence, _step) = client.post({ order: 7 })
      end
    RUBY
    engine = Engine.new("api_send" => ["ok", fields({ "status" => 200, "index" => 4 })],
                        "api_results" => ["ok", flat({ "status" => 200 })])

    assert_equal ["ok", { "status" => 200 }], run_handler("Label", engine)
    assert_equal [["api_send", "POST", nil, ["json", 8, 1, "order", 3, 7]], ["api_check", 4], ["api_results", 4]], engine.calls
  end
end

class OddEndTest < PreludeTest
  class Mute < StandardError
    def message = raise("no message")
  end

  class Broken < Tasker::PermanentError
    def error_code = raise("no code")
    def context = raise("no context")
  end

  class Placeless < StandardError
    def backtrace = raise("no backtrace")
    def cause = raise("no cause")
  end

  class OddParts < Tasker::RetryableError
    def retry_after = "soon"
    def context = { f: -> {} }
  end

  def ended(body)
    kind, error = run_body(body)
    assert_equal "error", kind, body
    error
  end

  def test_every_end_is_described
    { "throw :x" => "UncaughtThrowError", "exit" => "SystemExit", "exit(3)" => "SystemExit", "exit!" => "SystemExit",
      "Process.exit!(3)" => "SystemExit", "Process.exit(3)" => "SystemExit", "exec('true')" => "NotImplementedError",
      "raise Exception, 'bare'" => "Exception", "raise NoMemoryError" => "NoMemoryError",
      "raise Interrupt" => "Interrupt", "raise SignalException, 'TERM'" => "SignalException",
      "Thread.current.kill" => "SystemExit", "Thread.current.exit" => "SystemExit",
      "Thread.current.terminate" => "SystemExit", "Thread.exit" => "SystemExit",
      "Thread.kill(Thread.current)" => "SystemExit",
      "Thread.new(Thread.current) { |host| host.kill }.join; sleep" => "SystemExit",
      "Thread.current.raise(IOError, 'x')" => "IOError", "[].freeze << 1" => "FrozenError",
      "raise RuntimeError.new('cold').freeze" => "RuntimeError", "def endless = endless; endless" => "SystemStackError",
      "raise 7" => "TypeError", "nothing_of_that_name" => "NameError", "Fiber.yield" => "FiberError",
      "Fiber.new { Thread.exit }.resume" => "SystemExit", "raise OddEndTest::Mute" => "OddEndTest::Mute",
      "require 'no_such_file'" => "LoadError", "eval('(')" => "SyntaxError" }.each do |body, expected|
      error = ended(body)
      assert_equal expected, error["class"], "#{body}: #{error}"
      assert_equal "other", error["kind"]
    end
    assert_equal ["ok", 7], run_body("7")
  end

  def test_abort_says_why
    error = nil
    assert_output("", "out of paper\n") { error = ended('abort("out of paper")') }
    assert_equal ["SystemExit", "out of paper"], error.values_at("class", "message")
  end

  def test_what_leaves_without_an_exception_is_noticed
    error, still_there = Thread.new do
      [ended("OddEndTest.plain_kill"), true]
    end.value

    assert_equal ["SystemExit", "the handler ended its thread, or jumped out of its call"],
                 error.values_at("class", "message")
    assert still_there
  end

  # As it is without the prelude.
  def self.plain_kill = Thread.instance_method(:kill).super_method.bind_call(Thread.current)

  def test_an_error_whose_parts_raise_is_described_without_them
    error = ended("raise OddEndTest::Broken, 'broken'")

    assert_equal ["permanent", "OddEndTest::Broken", "broken", nil, nil],
                 error.values_at("kind", "class", "message", "error_code", "cause")
    assert_equal({ "context_refused" => "no context" }, error["context"])
    # TruffleRuby asks for both when it raises.
    assert_includes %w[OddEndTest::Placeless RuntimeError], ended("raise OddEndTest::Placeless")["class"]
    assert_equal "OddEndTest::Mute", ended("raise OddEndTest::Mute")["message"]
  end

  def test_an_error_with_odd_parts_is_described_without_them
    error = ended("raise OddEndTest::OddParts, \"caf\\xE9\"")

    assert_equal ["retryable", "caf?", nil], error.values_at("kind", "message", "retry_after")
    assert_equal({ "context_refused" => "context.f: a value of class Proc cannot be stored" }, error["context"])
  end

  def test_a_deep_stack_is_described_by_its_innermost_lines
    assert_equal 50, ended("def deep(n) = n.zero? ? raise('x') : deep(n - 1); deep(200)")["backtrace"].size
  end
end

class LoadTest < PreludeTest
  def load_answer(text, path = fresh_path) = read(TaskerHost.load(path, text))

  def test_a_file_is_evaluated_once
    $tasker_evaluated = nil
    path = load("$tasker_evaluated = $tasker_evaluated.to_i + 1")
    load("raise 'again'", path)

    assert_equal 1, $tasker_evaluated
  end

  def test_a_syntax_error_has_its_line
    kind, error = load_answer("class A\n  def b(\nend\n", "/handlers/syntax.rb")

    assert_equal ["syntax", "/handlers/syntax.rb"], [kind, error["file"]]
    assert_kind_of Integer, error["line"]
  end

  def test_a_missing_package_is_named_with_where_it_was_looked_for
    _, error = load_answer('require "no_such_package"')

    assert_equal "LoadError", error["class"]
    assert_match(/no_such_package; looked in \S+, /, error["message"])
    _, error = load_answer('require "/no/such/file"')
    refute_includes error["message"], "looked in"
  end

  def test_folders_are_put_on_the_load_path_once_and_named_first
    before = $LOAD_PATH.dup
    2.times { assert_equal ["ok", nil], read(TaskerHost.add_paths([Foreign.new("/vendor/a"), Foreign.new("/vendor/b")])) }
    TaskerHost.add_paths([Foreign.new("/vendor/c")])

    assert_equal ["/vendor/a", "/vendor/b", "/vendor/c"], $LOAD_PATH.first(3)
    assert_equal before.size + 3, $LOAD_PATH.size
    assert_includes load_answer('require "no_such_package"').last["message"], "; looked in /vendor/a, /vendor/b, /vendor/c"
  ensure
    $LOAD_PATH.replace(before)
    TaskerHost.instance_variable_set(:@folders, 0)
  end

  def test_a_file_that_leaves_is_described
    { "exit" => "SystemExit", "throw :x" => "UncaughtThrowError", "Thread.exit" => "SystemExit",
      "raise Exception, 'x'" => "Exception" }.each do |text, expected|
      kind, error = load_answer(text)
      assert_equal ["error", expected], [kind, error["class"]]
    end
  end
end

class ResolveTest < PreludeTest
  def test_a_handler_is_found_with_what_it_declares
    path = load(<<~RUBY)
      module Resolved
        class Charge < Tasker::StepHandler
          retry_limit 5
          backoff strategy: :fixed
        end
      end
      Tasker.step_handler("resolved.ship", description: "Ships") { nil }
    RUBY

    assert_equal ["ok", { "status" => "found", "declaration" => { "retry_limit" => 5, "backoff" => { "strategy" => "fixed" } } }],
                 resolve(path, "Resolved::Charge")
    assert_equal ["ok", { "status" => "found", "declaration" => { "name" => "resolved.ship", "description" => "Ships" } }],
                 resolve(path, "resolved.ship")
  end

  def test_what_is_missing_is_told_with_what_was_found
    path = load(<<~RUBY)
      class ResolvedOne < Tasker::StepHandler; end
      Tasker.step_handler("resolved.two") { nil }
      class ResolvedNone; end
    RUBY
    _, missing = resolve(path, "ResolvedThree")

    assert_equal "missing", missing["status"]
    assert_equal ["ResolvedOne", 'resolved.two (Tasker.step_handler("resolved.two"))'], missing["names"].sort
    assert_equal %w[not_a_step_handler Class], resolve(path, "ResolvedNone").last.values_at("status", "what")
  end

  def test_one_name_in_two_places_is_a_duplicate
    first = load("class ResolvedTwice < Tasker::StepHandler\n  handler_name 'resolved.twice'\nend")
    second = load("\nTasker.step_handler('resolved.twice') { nil }")
    third = load("Tasker.step_handler('resolved.twice') { nil }")
    _, found = resolve(second, "resolved.twice")

    assert_equal "duplicate", found["status"]
    assert_equal ["Tasker.step_handler(\"resolved.twice\") in #{second}:2",
                  "Tasker.step_handler(\"resolved.twice\") in #{third}:1",
                  "class ResolvedTwice in #{first}:1"], found["names"].sort
  end

  def test_a_block_with_a_constant_is_one_handler
    path = load("ResolvedConstant = Tasker.step_handler('resolved.constant') { nil }")

    assert_equal "found", resolve(path, "resolved.constant").last["status"]
  end

  def test_a_place_that_is_evaluated_again_is_no_duplicate
    path = load("2.times { Tasker.step_handler('resolved.again') { nil } }")

    assert_equal "found", resolve(path, "resolved.again").last["status"]
  end

  def test_a_process_that_cannot_take_three_arguments_is_refused_by_its_signature
    { "(task)" => "process(task)", "" => "process()", "(a, b, c, d)" => "process(a, b, c, d)",
      "(a, b = 1)" => "process(a, b = ...)", "(a, b, c, key:)" => "process(a, b, c, key:)",
      "(a, b, key: 1, **more, &block)" => "process(a, b, key: ..., **more, &block)",
      "(a, b, c, d, *e)" => "process(a, b, c, d, *e)",
      "(*)" => nil, "(a, *b)" => nil, "(a, b, c = 1, d = 2)" => nil, "(a, b, c, key: 1)" => nil,
      "(...)" => nil }.each_with_index do |(signature, expected), index|
      path = load("class ResolvedArity#{index} < Tasker::StepHandler\n  def process#{signature} = nil\nend")
      _, found = resolve(path, "ResolvedArity#{index}")
      assert_equal [expected ? "wrong_arity" : "found", expected], found.values_at("status", "what"), signature
    end
  end

  def test_the_arguments_of_a_block_are_checked_alike
    { "|a, b, c, d|" => "process(a, b, c, d)", "|a, key:|" => "process(a, key:)", "|a|" => nil, "" => nil,
      "|a, key: 1|" => nil }.each_with_index do |(arguments, expected), index|
      path = load("Tasker.step_handler('resolved.block#{index}') { #{arguments} nil }")
      _, found = resolve(path, "resolved.block#{index}")
      assert_equal [expected ? "wrong_arity" : "found", expected], found.values_at("status", "what"), arguments
    end
  end

  def test_a_declaration_that_cannot_be_read_is_an_error_with_its_path
    path = load("class ResolvedOdd < Tasker::StepHandler\n  backoff base_seconds: Float::NAN\nend")
    kind, error = resolve(path, "ResolvedOdd")

    assert_equal ["error", "TypeError"], [kind, error["class"]]
    assert_equal "ResolvedOdd declares what cannot be read: declaration.backoff.base_seconds: NaN is no JSON number",
                 error["message"]
    assert_equal ["#{path}:1"], error["backtrace"]
  end

  def test_a_handler_in_a_module_without_a_name_disturbs_nobody
    path = load(<<~RUBY)
      $hidden = Module.new
      class $hidden::Lost < Tasker::StepHandler; end
      class ResolvedSeen < Tasker::StepHandler; end
    RUBY

    assert_equal "found", resolve(path, "ResolvedSeen").last["status"]
    assert_equal ["ResolvedSeen"], read(TaskerHost.list(path)).last.map { |entry| entry["key"] }
  ensure
    $hidden = nil
  end

  def test_a_file_lists_its_handlers_from_its_top_down
    path = load(<<~RUBY)
      class ListedOne < Tasker::StepHandler
        handler_name "listed.one"
        timeout_seconds 30
      end
      class ListedTwo < Tasker::ApiStepHandler; end
      Tasker.step_handler("listed.three") { nil }
    RUBY

    assert_equal ["ok", [
      { "key" => "listed.one", "class" => "ListedOne",
        "declaration" => { "name" => "listed.one", "timeout_seconds" => 30 }, "line" => 1 },
      { "key" => "ListedTwo", "class" => "ListedTwo", "declaration" => {}, "line" => 5 },
      { "key" => "listed.three", "class" => 'Tasker.step_handler("listed.three")',
        "declaration" => { "name" => "listed.three" }, "line" => 6 }
    ]], read(TaskerHost.list(path))
    assert_equal ["ok", []], read(TaskerHost.list("/handlers/none.rb"))
  end
end
