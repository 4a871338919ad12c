# frozen_string_literal: true

features_before = $LOADED_FEATURES.dup
require_relative "../lib/tasker"
LOADED_BY_TASKER = $LOADED_FEATURES - features_before

require "minitest/autorun"

class ErrorsTest < Minitest::Test
  def test_retryable_error_carries_delay_and_context
    error = Tasker::RetryableError.new("busy", retry_after: 30, context: { "gateway" => "eu-1" })

    assert_equal "busy", error.message
    assert_equal 30, error.retry_after
    assert_equal({ "gateway" => "eu-1" }, error.context)
    assert_kind_of Tasker::Error, error
  end

  def test_retryable_error_may_be_raised_with_a_message_alone
    error = assert_raises(Tasker::RetryableError) { raise Tasker::RetryableError, "busy" }

    assert_nil error.retry_after
    assert_equal({}, error.context)
  end

  def test_rational_delay_becomes_a_float
    assert_instance_of Float, Tasker::RetryableError.new("busy", retry_after: Rational(1, 2)).retry_after
  end

  def test_bad_delays_are_refused
    ["soon", Float::NAN, Float::INFINITY, true, Complex(1, 1)].each do |delay|
      error = assert_raises(ArgumentError) { Tasker::RetryableError.new("busy", retry_after: delay) }
      assert_includes error.message, "retry_after must be a number of seconds"
    end
    error = assert_raises(ArgumentError) { Tasker::RetryableError.new("busy", retry_after: -1) }
    assert_equal "retry_after must not be negative: -1", error.message
  end

  def test_permanent_error_carries_code_and_context
    error = Tasker::PermanentError.new("declined", error_code: :CARD_DECLINED, context: { "attempt" => 1 })

    assert_equal "CARD_DECLINED", error.error_code
    assert_equal({ "attempt" => 1 }, error.context)
  end

  def test_bad_codes_and_contexts_are_refused
    assert_raises(ArgumentError) { Tasker::PermanentError.new("declined", error_code: 402) }
    assert_raises(ArgumentError) { Tasker::PermanentError.new("declined", context: "text") }
    assert_raises(ArgumentError) { Tasker::RetryableError.new("busy", context: [1]) }
  end
end

# Answers only [], as the proxy of another runtime may.
class IndexOnly
  def initialize(map) = @map = map
  def [](key) = @map[key]
end

class ViewsTest < Minitest::Test
  def test_task_reads_each_attribute_by_index_only
    names = %w[task_id namespace name version context initiator source_system reason tags
               correlation_id requested_at]
    task = Tasker::Task.new(IndexOnly.new(names.to_h { |name| [name, "value of #{name}"] }))

    names.each { |name| assert_equal "value of #{name}", task.public_send(name) }
  end

  def test_step_reads_its_attributes
    step = Tasker::Step.new({ "workflow_step_id" => 7, "name" => "charge", "attempts" => 2,
                              "retry_limit" => 3, "inputs" => {}, "config" => { "mode" => "live" } })

    assert_equal [7, "charge", 2, 3, {}, { "mode" => "live" }],
                 [step.workflow_step_id, step.name, step.attempts, step.retry_limit, step.inputs, step.config]
  end

  def test_views_cannot_be_assigned
    task = Tasker::Task.new({ "name" => "order" })

    assert_raises(NoMethodError) { task.name = "other" }
    assert_raises(FrozenError) { task.instance_variable_set(:@data, {}) }
  end

  def test_inspect_shows_no_payload
    task = Tasker::Task.new({ "name" => "order", "context" => { "card" => "secret" } })

    refute_includes task.inspect, "secret"
  end
end

class SequenceTest < Minitest::Test
  def sequence(steps)
    @asked = []
    Tasker::Sequence.new({ "step_name" => "create_order" }, lambda do |name|
      @asked << name
      steps[name]
    end)
  end

  def test_finds_an_ancestor_and_asks_for_it_once
    found = sequence({ "cart" => { "name" => "cart", "state" => "complete", "results" => { "total" => 3 } } })

    assert_equal({ "total" => 3 }, found.results_of("cart"))
    assert_equal "complete", found.find_step_by_name(:cart).state
    assert_equal ["cart"], @asked
  end

  def test_results_may_be_nil
    assert_nil sequence({ "cart" => { "name" => "cart", "state" => "skipped", "results" => nil } }).results_of("cart")
  end

  def test_a_step_that_is_no_ancestor_is_a_permanent_error
    error = assert_raises(Tasker::PermanentError) { sequence({}).results_of("ship") }

    assert_equal "STEP_NOT_AN_ANCESTOR", error.error_code
    assert_includes error.message, 'step "create_order" cannot read "ship"'
    assert_includes error.message, "depends_on_steps"
  end
end

class StepHandlerTest < Minitest::Test
  class Named < Tasker::StepHandler
    handler_name "ecommerce.charge"
  end

  class Heir < Named
  end

  class Files
    def read_text(relative) = "text of #{relative}"
  end

  class Mail
    attr_reader :got

    def publish(name, payload) = (@got ||= []) << [name, payload]
  end

  def test_config_is_an_empty_map_by_default
    assert_equal({}, Tasker::StepHandler.new.config)
    assert_equal({}, Tasker::StepHandler.new(nil).config)
    assert_equal({ "a" => 1 }, Tasker::StepHandler.new({ "a" => 1 }).config)
  end

  def test_a_handler_without_process_fails_for_good_and_names_its_class
    error = assert_raises(Tasker::PermanentError) { Named.new.process(nil, nil, nil) }

    assert_includes error.message, "StepHandlerTest::Named must define process"
    assert_equal "PROCESS_MISSING", error.error_code
  end

  def test_output_is_stored_unless_overridden
    assert_equal 5, Named.new.process_results(nil, 5, 4)
  end

  def test_handler_name_is_declared_once_and_not_inherited
    assert_equal "ecommerce.charge", Named.handler_name
    assert_nil Heir.handler_name
    assert_nil Tasker::StepHandler.handler_name
    assert_raises(ArgumentError) { Class.new(Tasker::StepHandler) { handler_name "" } }
  end

  def test_read_text_goes_to_the_host
    assert_equal "text of stock.csv", Named.new.tasker_bind(Files.new).read_text("stock.csv")
  end

  def test_read_text_without_a_host_says_what_to_do
    error = assert_raises(Tasker::Error) { Named.new.read_text("stock.csv") }

    assert_includes error.message, "not running in an engine"
    assert_includes error.message, "tasker_bind"
  end

  def test_publish_goes_to_the_host
    host = Mail.new
    handler = Named.new.tasker_bind(host)

    handler.publish("order.shipped", carrier: "post")
    handler.publish("order.closed")

    assert_equal [["order.shipped", { carrier: "post" }], ["order.closed", {}]], host.got
  end

  def test_publish_without_a_host_says_what_to_do
    error = assert_raises(Tasker::Error) { Named.new.publish("order.shipped") }

    assert_includes error.message, 'not running in an engine, so publish("order.shipped")'
    assert_includes error.message, "tasker_bind"
  end
end

class SubscriberTest < Minitest::Test
  class Audit < Tasker::Subscriber
    attr_reader :seen

    def handle(event)
      @seen = "#{config["prefix"]} #{event["event_type"]}"
      Object.new
    end
  end

  def test_a_subscriber_is_run_as_a_step_with_the_event_as_context
    subscriber = Audit.new({ "prefix" => "seen" })

    output = subscriber.process(Tasker::Task.new({ "context" => { "event_type" => "task.completed" } }), nil, nil)

    assert_equal "seen task.completed", subscriber.seen
    assert_nil subscriber.process_results(nil, output, nil)
  end

  def test_a_subscriber_without_handle_fails_for_good_and_names_its_class
    bare = Class.new(Tasker::Subscriber) { def self.to_s = "Bare" }
    error = assert_raises(Tasker::PermanentError) { bare.new.process(Tasker::Task.new({}), nil, nil) }

    assert_includes error.message, "Bare must define handle(event)"
    assert_equal "HANDLE_MISSING", error.error_code
  end
end

class TaskHandlerTest < Minitest::Test
  class Hooks < Tasker::TaskHandler
    def schema = { "type" => "object" }

    def establish_step_dependencies_and_defaults(task, steps)
      steps.last["retry_limit"] = task.context["limit"]
      steps.last["depends_on"] << "first"
    end

    def update_annotations(task, sequence, steps)
      [{ "type" => "total", "annotation" => sequence.results_of("first")["n"] + steps.size }]
    end
  end

  STEPS = [
    { "name" => "first", "depends_on" => [].freeze, "retryable" => true, "retry_limit" => 3, "inputs" => {}.freeze },
    { "name" => "second", "depends_on" => [].freeze, "retryable" => true, "retry_limit" => 3, "inputs" => {}.freeze }
  ].map(&:freeze).freeze

  def test_defaults_do_nothing
    assert_nil call(Tasker::TaskHandler, "schema", {})
    assert_equal STEPS, call(Tasker::TaskHandler, "establish_step_dependencies_and_defaults", { "steps" => STEPS })
    assert_equal [], call(Tasker::TaskHandler, "update_annotations", { "steps" => [] })
  end

  def test_the_hook_changes_copies_of_the_steps
    steps = call(Hooks, "establish_step_dependencies_and_defaults", { "steps" => STEPS })

    assert_equal({ "name" => "second", "depends_on" => ["first"], "retryable" => true, "retry_limit" => 7, "inputs" => {} },
                 steps.last)
    assert_equal 3, STEPS.last["retry_limit"]
  end

  def test_annotations_see_the_results_of_every_step
    done = [{ "name" => "first", "state" => "complete", "attempts" => 1, "results" => { "n" => 40 } },
            { "name" => "second", "state" => "error", "attempts" => 3, "results" => nil }]

    assert_equal [{ "type" => "total", "annotation" => 42 }], call(Hooks, "update_annotations", { "steps" => done })
  end

  def test_an_unknown_hook_fails_for_good
    error = assert_raises(Tasker::PermanentError) { call(Hooks, "later", {}) }

    assert_equal "HOOK_UNKNOWN", error.error_code
  end

  private

  def call(handler, hook, input)
    task = Tasker::Task.new({ "context" => { "task" => { "context" => { "limit" => 7 } } }.merge(input) })
    handler.new.process(task, nil, Tasker::Step.new({ "name" => hook }))
  end
end

class LoadingTest < Minitest::Test
  def test_the_library_requires_nothing
    assert_equal [File.expand_path("../lib/tasker.rb", __dir__)], LOADED_BY_TASKER
  end
end

# The rest of the tests, so that this file runs them all; after what counts the files that are loaded.
%w[attempt declaration prelude readme].each { |name| require_relative "#{name}_test" }
