# frozen_string_literal: true

require_relative "../lib/tasker"
require "minitest/autorun"

class DeclarationTest < Minitest::Test
  class Declared < Tasker::StepHandler
    handler_name "shop.charge"
    description "Takes the money"
    retryable false
    retry_limit 5
    backoff strategy: "fixed", base_seconds: 2
    timeout_seconds 30
    concurrency 2
    inputs_schema "required" => ["order_id"]
    result_schema({ "type" => "object" })
    custom_events "order.charged", "order.refused"
  end

  class Heir < Declared
    retry_limit 7
    timeout_seconds nil
  end

  class Silent < Tasker::StepHandler
  end

  def test_all_that_is_declared_comes_under_the_names_of_the_engine
    assert_equal({ "name" => "shop.charge", "description" => "Takes the money", "retryable" => false, "retry_limit" => 5,
                   "backoff" => { "strategy" => "fixed", "base_seconds" => 2 }, "timeout_seconds" => 30,
                   "concurrency" => 2, "inputs_schema" => { "required" => ["order_id"] },
                   "result_schema" => { "type" => "object" },
                   "custom_events" => ["order.charged", "order.refused"] }, Declared.tasker_declaration)
  end

  def test_without_an_argument_each_gives_what_is_declared
    assert_equal [false, 5, { strategy: "fixed", base_seconds: 2 }, ["order.charged", "order.refused"], "Takes the money"],
                 [Declared.retryable, Declared.retry_limit, Declared.backoff, Declared.custom_events, Declared.description]
    assert_nil Silent.retry_limit
  end

  def test_name_and_description_are_not_inherited_and_nil_takes_back
    declared = Heir.tasker_declaration

    assert_equal 7, declared["retry_limit"]
    assert_equal 5, Declared.retry_limit
    assert_equal({ "required" => ["order_id"] }, declared["inputs_schema"])
    assert_empty declared.keys & %w[name description timeout_seconds]
  end

  def test_nothing_declared_is_an_empty_map
    assert_equal({}, Silent.tasker_declaration)
  end

  def test_nothing_is_checked_here
    odd = Class.new(Tasker::StepHandler) do
      retry_limit "many"
      backoff "none"
      custom_events []
    end

    assert_equal({ "retry_limit" => "many", "backoff" => "none", "custom_events" => [] }, odd.tasker_declaration)
  end
end

class StepHandlerOfBlockTest < Minitest::Test
  CHARGE = Tasker.step_handler("blocks.charge", retry_limit: 5, backoff: { strategy: "none" },
                                                custom_events: ["a.b"]) do |task, sequence, step|
    [task, sequence, step, config, self.class]
  end

  def test_it_is_a_step_handler_like_any_other
    assert_equal [1, 2, 3, { "a" => 1 }, CHARGE], CHARGE.new({ "a" => 1 }).process(1, 2, 3)
    assert_operator CHARGE, :<, Tasker::StepHandler
    assert_equal({ "name" => "blocks.charge", "retry_limit" => 5, "backoff" => { "strategy" => "none" },
                   "custom_events" => ["a.b"] }, CHARGE.tasker_declaration)
  end

  def test_the_block_may_return_and_may_take_fewer_arguments
    early = Tasker.step_handler("blocks.early") do |task|
      return "early" if task == 1

      "late"
    end

    assert_equal %w[early late], [early.new.process(1, 2, 3), early.new.process(0, 2, 3)]
    assert_equal 7, Tasker.step_handler("blocks.none") { 7 }.new.process(1, 2, 3)
    assert_equal [1, 2], Tasker.step_handler("blocks.two") { |task, sequence = nil| [task, sequence] }.new.process(1, 2, 3)
    assert_equal [1, 2, 3], Tasker.step_handler("blocks.rest") { |*given| given }.new.process(1, 2, 3)
  end

  def test_it_is_kept_with_its_place_and_shown_by_its_name
    made = Tasker.step_handler("blocks.kept") { nil }

    assert_includes Tasker.step_handlers, made
    assert_equal [__FILE__, __LINE__ - 3], made.tasker_source_location
    assert_equal 'Tasker.step_handler("blocks.kept")', made.to_s
    assert_equal "StepHandlerOfBlockTest::CHARGE", CHARGE.to_s
    error = assert_raises(Tasker::Error) { made.new.read_text("a.csv") }
    assert_includes error.message, 'Tasker.step_handler("blocks.kept") is not running in an engine'
  end

  def test_the_same_place_replaces_and_another_place_does_not
    first, second = Array.new(2) { Tasker.step_handler("blocks.same") { nil } }
    other = Tasker.step_handler("blocks.same") { nil }

    assert_equal [second, other], Tasker.step_handlers.select { |cls| cls.handler_name == "blocks.same" }
    refute_includes Tasker.step_handlers, first
  end

  def test_what_is_wrong_is_told_at_once
    assert_includes(assert_raises(ArgumentError) { Tasker.step_handler("blocks.x") }.message, "needs a block")
    error = assert_raises(ArgumentError) { Tasker.step_handler("blocks.x", retries: 5) { nil } }
    assert_includes error.message, "step_handler has no retries; it has description, retryable"
    assert_raises(ArgumentError) { Tasker.step_handler("") { nil } }
  end
end
