# frozen_string_literal: true

require_relative "engine_helper"
require "stringio"
require "timeout"

return if EngineHelper::MISSING.any?

# Engine#handle_task: the steps of one task on the calling thread.
class JobTest < Minitest::Test
  include EngineHelper

  class Where < Tasker::StepHandler
    def process(_task, _sequence, _step)
      { "mark" => Thread.current[:mark], "thread" => Thread.current.object_id.to_s }
    end
  end

  class Late < Tasker::StepHandler
    def process(_task, _sequence, step)
      raise Tasker::RetryableError.new("later", retry_after: 0.4) if step.attempts == 1

      step.attempts
    end
  end

  class Leaving < Tasker::StepHandler
    BEGUN = Thread::Queue.new

    def process(task, _sequence, step)
      return "second" if step.attempts > 1

      BEGUN << true
      case task.context["do"]
      when "throw" then throw :out, :thrown
      when "kill" then Thread.current.kill
      when "interrupt" then raise Interrupt
      when "recurse" then recurse
      when "exit" then exit
      else sleep
      end
    end

    def recurse = recurse + 1
  end

  RECORDER = EngineHelper::Recorder.new("recorder#{Process.pid}")

  def self.jobs = @jobs ||= EngineHelper.open(enqueuer: RECORDER, slots: 4)

  def jobs = self.class.jobs

  def create(name, handler, context = {}, **keys)
    jobs.create_task(template(name, { one: [handler, keys], two: [Where, { depends_on_step: "one" }] }, on: jobs), context)
  end

  def test_a_job_runs_the_steps_on_its_own_thread
    task = create("job_where", Where)
    assert_equal [task.id, 0.0, "ready_for_processing"], RECORDER.for(task)
    Thread.current[:mark] = "here"
    verdict = jobs.handle_task(task)

    assert_predicate verdict, :ended?
    assert_equal ["complete", nil, nil], [verdict.state, verdict.delay, verdict.reason]
    results = jobs.task(task)["steps"].map { |step| step["results"] }
    assert_equal [{ "mark" => "here", "thread" => Thread.current.object_id.to_s }] * 2, results
    assert_predicate jobs.handle_task(task), :ended?
  ensure
    Thread.current[:mark] = nil
  end

  def test_a_step_to_be_retried_brings_the_task_back_at_its_time
    task = create("job_late", Late)
    RECORDER.for(task)
    verdict = jobs.handle_task(task)

    assert_predicate verdict, :again?
    assert_equal "retry_backoff", verdict.reason
    assert_includes 0.0..0.4, verdict.delay
    assert_equal [task.id, verdict.delay, "retry_backoff"], RECORDER.for(task)
    eventually { jobs.handle_task(task).ended? }
    assert_equal [2, 1], jobs.task(task)["steps"].map { |step| step["attempts"] }
  end

  def test_a_paused_task_has_nothing_to_do_and_an_unknown_one_is_not_found
    task = create("job_where", Where)
    jobs.pause(task, **OPERATOR)

    assert_predicate jobs.handle_task(task), :nothing_to_do?
    assert_raises(Tasker::Engine::NotFound) { jobs.handle_task(999_999_999) }
  end

  def test_a_job_may_be_left_by_throw_timeout_or_kill_and_the_step_is_tried_again
    ways = {
      "throw" => ->(task) { assert_equal :thrown, catch(:out) { jobs.handle_task(task) } },
      "kill" => ->(task) { Thread.new { jobs.handle_task(task) }.join(LIMIT) },
      "timeout" => lambda do |task|
        assert_raises(Timeout::Error) { Timeout.timeout(0.3) { jobs.handle_task(task) } }
      end
    }
    ways.each do |way, leave|
      task = create("job_leaving", Leaving, { do: way }, backoff: { strategy: "none" })
      leave.call(task)
      eventually { jobs.handle_task(task).ended? }
      assert_equal ["second", 2], jobs.task(task)["steps"].first.values_at("results", "attempts"), way
    end
  end

  def test_whatever_a_handler_raises_fails_the_step_and_not_the_job
    %w[recurse exit].each do |way|
      task = create("job_leaving", Leaving, { do: way }, backoff: { strategy: "none" })
      eventually { jobs.handle_task(task).ended? }
      assert_equal "second", jobs.task(task)["steps"].first["results"], way
    end
  end

  def test_an_interrupt_passes_and_the_step_is_given_back_when_the_engine_closes
    recorder = EngineHelper::Recorder.new("interrupted#{Process.pid}")
    own = EngineHelper.open(enqueuer: recorder)
    task = own.create_task(template("job_interrupted", { only: Leaving }, on: own), { do: "interrupt" })
    assert_raises(Interrupt) { own.handle_task(task) }
    own.close(timeout: 1)

    step = jobs.task(task)["steps"].first
    assert_equal ["pending", 0], step.values_at("state", "attempts")
  end

  def test_jobs_run_in_fibers_and_beside_each_other
    fiber = create("job_where", Where)
    assert_predicate Fiber.new { jobs.handle_task(fiber) }.resume, :ended?
    tasks = Array.new(20) { create("job_where", Where) }
    verdicts = tasks.each_slice(5).map { |part| Thread.new { part.map { |task| jobs.handle_task(task) } } }

    assert(verdicts.flat_map(&:value).all? { |verdict| verdict.ended? || verdict.again? })
    tasks.each { |task| eventually { jobs.task(task)["state"] == "complete" || !jobs.handle_task(task) } }
  end

  class Refusing
    attr_reader :name, :calls

    def initialize(name)
      @name = name
      @calls = Thread::Queue.new
      @failures = 1
    end

    def enqueue(task_id, _delay, _reason)
      @calls << task_id
      raise "no broker" if (@failures -= 1) >= 0
    end
  end

  def test_a_task_that_could_not_be_enqueued_is_enqueued_later
    refusing = Refusing.new("refusing#{Process.pid}")
    log = StringIO.new
    own = EngineHelper.open(enqueuer: refusing, logger: Logger.new(log))
    task = own.create_task(template("job_where2", { one: Where }, on: own))

    assert_equal [task.id] * 2, Timeout.timeout(LIMIT) { Array.new(2) { refusing.calls.pop } }
    assert_includes log.string, "task #{task.id} was not enqueued, and will be again: RuntimeError: no broker"
    own.close
  end

  def test_no_task_is_left_behind_by_an_engine_that_closes_at_once
    recorder = EngineHelper::Recorder.new("closing#{Process.pid}")
    name = nil
    tasks = EngineHelper.open(enqueuer: recorder) do |own|
      name = template("job_where3", { one: Where }, on: own)
      Array.new(50) { own.create_task(name).id }
    end
    left = tasks - Array.new(recorder.jobs.size) { recorder.jobs.pop.first }
    assert_operator left.size, :<, 50
    EngineHelper.open(enqueuer: recorder) do
      Timeout.timeout(5) { left.delete(recorder.jobs.pop.first) until left.empty? }
    end
  end
end
