# frozen_string_literal: true

require "active_job"
require_relative "task_jobs"

module Tasker
  # Runs tasks by jobs of ActiveJob, whatever its adapter; see Sidekiq, which this is like. The adapter must take delays.
  #
  #   Tasker::ActiveJob.configure do
  #     Tasker::Engine.open(enqueuer: Tasker::ActiveJob.enqueuer).tap { |engine| engine.register_handlers(ChargePayment) }
  #   end
  module ActiveJob
    extend TaskJobs

    # Runs one task.
    class TaskJob < ::ActiveJob::Base
      def perform(task_id) = Tasker::ActiveJob.run(task_id)
    end

    # For Engine.open. Tasks name it +active_job+.
    #
    # @return [TaskJobs::Enqueuer]
    def self.enqueuer(queue: "default", name: "active_job")
      TaskJobs::Enqueuer.new(name) do |task_id, delay|
        options = { queue: queue, wait: delay.positive? ? delay : nil }.compact
        TaskJob.set(options).perform_later(task_id)
      end
    end
  end
end
