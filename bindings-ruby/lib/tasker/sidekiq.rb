# frozen_string_literal: true

require "sidekiq"
require_relative "task_jobs"

module Tasker
  # Runs tasks by jobs of Sidekiq. The engine decides whether and when a task comes back, and a job for a task that has
  # nothing to do ends at once; so jobs are not retried by Sidekiq, and one that is lost is enqueued again.
  #
  #   # config/initializers/tasker.rb
  #   require "tasker/sidekiq"
  #
  #   Tasker::Sidekiq.configure do
  #     engine = Tasker::Engine.open(enqueuer: Tasker::Sidekiq.enqueuer(queue: "tasker"), slots: 10)
  #     engine.register_handlers(ValidateCart, ChargePayment)
  #     engine
  #   end
  #
  #   Tasker::Sidekiq.engine.create_task("shop.order", { order_id: 7 })
  #
  # A process of Sidekiq opens the engine when it starts; Puma and the like when they use it first. See TaskJobs.
  module Sidekiq
    extend TaskJobs

    # Runs one task.
    class TaskJob
      include ::Sidekiq::Worker
      sidekiq_options retry: false

      def perform(task_id) = Tasker::Sidekiq.run(task_id)
    end

    # For Engine.open. Tasks name it +sidekiq+.
    #
    # @param queue [String] the queue of Sidekiq
    # @return [TaskJobs::Enqueuer]
    def self.enqueuer(queue: "default", name: "sidekiq")
      TaskJobs::Enqueuer.new(name) do |task_id, delay|
        job = TaskJob.set(queue: queue)
        delay.positive? ? job.perform_in(delay, task_id) : job.perform_async(task_id)
      end
    end
  end
end

Sidekiq.configure_server do |config|
  config.on(:startup) { Tasker::Sidekiq.engine }
end
