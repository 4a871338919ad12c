# frozen_string_literal: true

require_relative "engine"

module Tasker
  # What the adapters of queues share: the engine of this process, opened when a job or a request needs it first.
  #
  #   Tasker::Sidekiq.configure do
  #     engine = Tasker::Engine.open(database_url: ENV["DATABASE_URL"], enqueuer: Tasker::Sidekiq.enqueuer)
  #     engine.register_handlers(ChargePayment)
  #     engine
  #   end
  module TaskJobs
    # Enqueues a job for each task that the engine hands over.
    class Enqueuer
      # As tasks name it.
      attr_reader :name

      def initialize(name, &enqueue) # :nodoc:
        @name = name
        @enqueue = enqueue
      end

      # @param delay [Float] seconds, often none
      def enqueue(task_id, delay, _reason) = @enqueue.call(task_id, delay)
    end

    # Keeps the block that opens the engine. It is called at most once in each process: a forked one opens its own.
    def configure(&open)
      raise ArgumentError, "configure needs a block that opens the engine" if open.nil?

      @tasker_open = open
      nil
    end

    # The engine of this process.
    #
    # @return [Engine]
    # @raise [Engine::Forked] if the parent had opened one
    def engine
      return @tasker_engine if open?

      MUTEX.synchronize do
        next @tasker_engine if open?
        raise Engine::Error, "call #{self}.configure { Tasker::Engine.open(...) } first" if @tasker_open.nil?

        @tasker_engine = Engine.closing_on_error(&@tasker_open)
      end
    end

    # Whether this process has opened its engine.
    def open?
      engine = @tasker_engine
      !engine.nil? && engine.pid == Process.pid && !engine.closed?
    end

    # Closes the engine, if it is open. The next use opens it anew.
    def close(timeout: 10) = @tasker_engine&.close(timeout: timeout)

    # Runs what can run now of a task: the body of a job. A task that is gone leaves nothing to do.
    def run(task_id)
      engine.handle_task(task_id)
    rescue Engine::NotFound => e
      engine.logger.warn("a job found no task: #{e.message}")
      nil
    end

    MUTEX = Mutex.new
    private_constant :MUTEX
  end
end
