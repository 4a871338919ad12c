# frozen_string_literal: true

require_relative "engine_helper"
require "socket"
require "timeout"
require "tmpdir"

return if EngineHelper::MISSING.any?

HAS_REDIS = system("redis-server --version", out: File::NULL, err: File::NULL)
begin
  require "sidekiq"
  HAS_SIDEKIQ = true
rescue LoadError
  HAS_SIDEKIQ = false
end

unless HAS_REDIS && HAS_SIDEKIQ
  warn "tests of the Sidekiq adapter are skipped: #{HAS_REDIS ? "no gem sidekiq" : "no redis-server"}"
  abort if ENV["CI"] == "true"
  return
end

# A Redis of its own, for all tests.
module OwnRedis
  PORT = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
  FOLDER = Dir.mktmpdir
  PID = spawn("redis-server", "--port", PORT.to_s, "--bind", "127.0.0.1", "--save", "", "--dir", FOLDER,
              out: File::NULL, err: File::NULL)
  Minitest.after_run do
    Process.kill("TERM", PID)
    Process.wait(PID)
    FileUtils.rm_rf(FOLDER)
  end
  ENV["REDIS_URL"] = "redis://127.0.0.1:#{PORT}/0"
  ENV["TASKER_TEST_ENQUEUER"] = "sidekiq#{Process.pid}"
end

require "sidekiq/api"
require_relative "sidekiq_app"

class SidekiqTest < Minitest::Test
  include EngineHelper

  def setup
    eventually do
      Sidekiq.redis { |redis| redis.flushdb }
    rescue StandardError
      nil
    end
  end

  def engine = Tasker::Sidekiq.engine

  def test_a_task_is_run_by_the_job_that_it_was_given_to
    task = engine.create_task(template("sk_where", { one: SidekiqApp::Where, two: [SidekiqApp::Where, { depends_on_step: "one" }] }))

    with_sidekiq do |pid|
      assert_equal "complete", engine.wait(task, timeout: LIMIT)
      assert_equal [pid, pid], engine.task(task)["steps"].map { |step| step["results"]["pid"] }
    end
    assert_equal ENV.fetch("TASKER_TEST_ENQUEUER"), engine.task(task)["enqueuer"]
  end

  def test_a_step_that_fails_comes_back_at_the_time_that_the_engine_has_computed
    task = engine.create_task(template("sk_late", { one: SidekiqApp::Late }))
    with_sidekiq do
      assert_equal "complete", engine.wait(task, timeout: LIMIT)
    end
    document = engine.task(task)
    begun = document["transitions"].select { |move| move["to_state"] == "in_progress" && move["step"] }
                                   .map { |move| Time.iso8601(move["at"]) }
    assert_equal 2, begun.size
    assert_operator begun.last - begun.first, :>=, 2
    # Sidekiq itself looks for scheduled jobs after a random wait.
    assert_operator begun.last - begun.first, :<, 15
    assert_equal({ "attempts" => 2 }, document["steps"].first["results"])
  end

  def test_a_job_for_later_is_scheduled_by_sidekiq
    Tasker::Sidekiq.enqueuer(queue: "tasker").enqueue(7, 90.5, "retry_backoff")
    job = Sidekiq::ScheduledSet.new.first

    assert_equal ["Tasker::Sidekiq::TaskJob", [7], "tasker"], [job.klass, job.args, job.queue]
    assert_in_delta Time.now.to_f + 90.5, job.score, 5
  end

  def test_a_job_that_was_lost_is_handed_over_again
    task = engine.create_task(template("sk_where2", { one: SidekiqApp::Where }))
    queue = Sidekiq::Queue.new("tasker")
    eventually { queue.any? { |job| job.args == [task.id] } }
    queue.clear
    eventually { queue.any? { |job| job.args == [task.id] } }

    Tasker::Sidekiq::TaskJob.new.perform(task.id)
    assert_equal "complete", engine.task(task)["state"]
    assert_predicate Tasker::Sidekiq::TaskJob.new.perform(task.id), :ended?
    assert_nil Tasker::Sidekiq::TaskJob.new.perform(999_999_999)
  end

  def test_a_step_that_sidekiq_interrupts_is_given_back_without_an_attempt
    Dir.mktmpdir do |folder|
      flag = "#{folder}/begun"
      task = engine.create_task(template("sk_slow", { one: SidekiqApp::Slow }), { flag: flag })
      with_sidekiq("-t", "1") { eventually { File.exist?(flag) } }
      assert_equal ["pending", 0], engine.task(task)["steps"].first.values_at("state", "attempts")

      with_sidekiq { assert_equal "complete", engine.wait(task, timeout: LIMIT) }
      assert_equal({ "attempts" => 1, "second" => true }, engine.task(task)["steps"].first["results"])
    end
  end

  private

  # A process of Sidekiq for the time of the block; it is told to end as a deployment would.
  def with_sidekiq(*options)
    log = Tempfile.new("sidekiq")
    pid = spawn(RbConfig.ruby, "-S", "sidekiq", "-r", File.expand_path("sidekiq_app.rb", __dir__), "-c", "4",
                "-q", "tasker", *options, out: log.path, err: log.path)
    yield pid
  ensure
    if pid
      Process.kill("TERM", pid)
      Timeout.timeout(LIMIT) { Process.wait(pid) }
      assert $?.exitstatus&.zero?, "Sidekiq has ended with #{$?}: #{File.read(log.path)}"
    end
  end
end

begin
  require "active_job"
rescue LoadError
  warn "the test of the ActiveJob adapter is skipped: no gem activejob"
  return
end

require_relative "../lib/tasker/active_job"

class ActiveJobTest < Minitest::Test
  include EngineHelper

  class Late < Tasker::StepHandler
    def process(_task, _sequence, step)
      raise Tasker::RetryableError.new("later", retry_after: 0.5) if step.attempts == 1

      step.attempts
    end
  end

  def test_a_task_is_run_by_jobs_of_active_job
    ActiveJob::Base.queue_adapter = :async
    ActiveJob::Base.logger = nil
    name = "active_job#{Process.pid}"
    Tasker::ActiveJob.configure do
      EngineHelper.open(enqueuer: Tasker::ActiveJob.enqueuer(name: name)).tap { |engine| engine.register_handlers(Late) }
    end
    engine = Tasker::ActiveJob.engine
    task = engine.create_task(template("aj_late", { one: Late }, on: engine))

    assert_equal "complete", engine.wait(task, timeout: LIMIT)
    assert_equal 2, engine.task(task)["steps"].first["results"]
    assert_equal name, engine.task(task)["enqueuer"]
    Tasker::ActiveJob.close
    assert_predicate engine, :closed?
    refute_same engine, Tasker::ActiveJob.engine
    Tasker::ActiveJob.close
  end
end
