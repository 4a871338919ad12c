# frozen_string_literal: true

require_relative "engine_helper"

return if EngineHelper::MISSING.any?

require_relative "../lib/tasker/task_jobs"

# The engine of a process, as adapters of queues keep it.
class TaskJobsTest < Minitest::Test
  include EngineHelper

  def jobs = @jobs ||= Module.new.extend(Tasker::TaskJobs)

  def test_the_engine_is_opened_when_it_is_used_first_and_again_after_it_was_closed
    jobs.configure { EngineHelper.open }
    refute_predicate jobs, :open?

    first = jobs.engine
    assert_same first, jobs.engine
    assert_predicate jobs, :open?

    jobs.close
    refute_predicate jobs, :open?
    refute_same first, jobs.engine
  ensure
    jobs.close
  end

  def test_an_engine_that_could_not_be_set_up_is_closed
    opened = []
    jobs.configure do
      opened << EngineHelper.open
      opened.last.register_template("/nowhere/order.yaml")
      opened.last
    end

    2.times { assert_raises(Tasker::Engine::Error) { jobs.engine } }
    assert_equal [true, true], opened.map(&:closed?)
    refute_predicate jobs, :open?
  end
end
