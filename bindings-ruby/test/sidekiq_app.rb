# frozen_string_literal: true

require_relative "../lib/tasker/sidekiq"

# What the tests of the adapter run in a process of Sidekiq, and create tasks for.
module SidekiqApp
  class Where < Tasker::StepHandler
    def process(_task, _sequence, _step) = { "pid" => Process.pid }
  end

  class Late < Tasker::StepHandler
    def process(_task, _sequence, step)
      raise Tasker::RetryableError.new("later", retry_after: 2) if step.attempts == 1

      { "attempts" => step.attempts }
    end
  end

  class Slow < Tasker::StepHandler
    def process(task, _sequence, step)
      flag = task.context["flag"]
      return { "attempts" => step.attempts, "second" => true } if File.exist?(flag)

      File.write(flag, "begun")
      sleep
    end
  end

  HANDLERS = [Where, Late, Slow].freeze
end

Sidekiq.configure_server do |config|
  config.average_scheduled_poll_interval = 1
  config.logger.level = Logger::WARN
end

Tasker::Sidekiq.configure do
  engine = Tasker::Engine.open(
    database_url: ENV.fetch("TASKER_TEST_DATABASE_URL"), migrate: true,
    enqueuer: Tasker::Sidekiq.enqueuer(queue: "tasker", name: ENV.fetch("TASKER_TEST_ENQUEUER")),
    settings: { "engine.lease" => "2s", "reenqueue.repeat" => "3s", "database.pool_size" => 4 }
  )
  engine.register_handlers(SidekiqApp::HANDLERS)
  engine
end
