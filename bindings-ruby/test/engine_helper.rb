# frozen_string_literal: true

require_relative "../lib/tasker"
require "minitest/autorun"
require "open3"
require "rbconfig"

# What tests of the engine need: the real library and a database of their own.
module EngineHelper
  NEEDED = %w[TASKER_RUNTIME TASKER_TEST_DATABASE_URL].freeze
  MISSING = NEEDED.reject { |name| ENV[name] }
  LIB = File.expand_path("../lib", __dir__)
  LIMIT = 30
  OPERATOR = { operator: "test", reason: "a test" }.freeze

  if MISSING.any?
    warn "tests of the engine are skipped: #{MISSING.join(" and ")} not set"
    abort if ENV["CI"] == "true"
  else
    require_relative "../lib/tasker/engine"
  end

  # Keeps what it is asked to enqueue.
  class Recorder
    attr_reader :name, :jobs

    def initialize(name)
      @name = name
      @jobs = Thread::Queue.new
    end

    def enqueue(task_id, delay, reason) = @jobs << [task_id, delay, reason]

    # The next job for a task.
    def for(task)
      Timeout.timeout(LIMIT) do
        loop do
          job = @jobs.pop
          return job if job.first == task.id
        end
      end
    end
  end

  class << self
    def open(**options, &block)
      settings = { "engine.lease" => "2s", "database.pool_size" => 6 }.merge(options.delete(:settings) || {})
      Tasker::Engine.open(database_url: ENV.fetch("TASKER_TEST_DATABASE_URL"), migrate: true, settings: settings,
                          **options, &block)
    end

    # An engine with a worker, for all tests that close none.
    def engine
      @engine ||= open(slots: 16).tap { |engine| engine.worker.start }
    end
  end

  def setup = skip("#{MISSING.join(" and ")} not set") if MISSING.any?

  def engine = EngineHelper.engine

  # Registers a template of steps, given by name: a handler class, or one with more keys of the template.
  def template(name, steps, on: engine, **more)
    listed = steps.map do |step, given|
      handler, keys = Array === given ? given : [given, {}]
      { "name" => step.to_s, "handler_class" => handler.handler_name || handler.name,
        **keys.transform_keys(&:to_s) }
    end
    on.register_handlers(steps.values.map { |given| Array(given).first }.uniq)
    document = { "name" => name, "default_runtime" => "ruby", **more.transform_keys(&:to_s), "step_templates" => listed }
    on.register_template("#{JSON.pretty_generate(document)}\n")
    name
  end

  # Runs a handler in a task of one step, and gives the step when the task has ended.
  def attempt(handler, context = {}, **keys)
    name = template("one_#{(handler.handler_name || handler.name).gsub(/\W+/, "_").downcase}", { only: [handler, keys] })
    task = engine.create_task(name, context)
    refute_nil engine.wait(task, timeout: LIMIT), "the task has not ended"
    engine.task(task)["steps"].first
  end

  # Runs Ruby in a process of its own, and gives what it has printed.
  def ruby(script, *arguments, env: {}, allow_failure: false)
    output, status = Open3.capture2e(env, RbConfig.ruby, "-I", LIB, "-e", script, *arguments)
    assert status.success?, output unless allow_failure
    output
  end

  # Waits for a condition, looked at often.
  def eventually(limit = LIMIT)
    deadline = now + limit
    loop do
      found = yield
      return found if found

      flunk "it did not happen within #{limit} s" if now > deadline
      Thread.pass
      sleep 0.01
    end
  end

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
end
