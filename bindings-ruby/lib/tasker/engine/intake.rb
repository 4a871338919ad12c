# frozen_string_literal: true

module Tasker
  class Engine
    # Takes the work of an engine on a thread of its own: tasks for the application's queue go to the enqueuer, steps to
    # the worker.
    class Intake # :nodoc:
      WAIT_MS = 500
      RETRY_SECONDS = 5
      RETRIES_MAX = 10_000

      # Steps that wait for the threads of a worker.
      attr_reader :steps

      def initialize(engine, enqueuer)
        @engine = engine
        @enqueuer = enqueuer
        @steps = Thread::Queue.new
        @failed = []
        @mutex = Mutex.new
        @is_stopping = false
      end

      def start
        @mutex.synchronize do
          @thread ||= Thread.new { take_all } unless @is_stopping
        end
        @thread&.name = "tasker intake"
      end

      # Takes no more. Steps that no handler has begun are given back by the engine.
      def stop
        @mutex.synchronize { @is_stopping = true }
        @thread&.join
        @steps.clear
        @steps.close
      end

      # Hands over what the engine has meant for the queue so far.
      def drain
        return if @enqueuer.nil?

        while (item = @engine.next_work(0))
          hand_over(item) if item["kind"] == "enqueue"
        end
      rescue Closed
        nil
      end

      # A worker takes the steps from now on.
      def serve = @is_served = true

      private

      def take_all
        until @is_stopping
          item = @engine.next_work(WAIT_MS)
          dispatch(item) if item
          repeat_failed
        end
      rescue Closed
        nil
      rescue Exception => e
        @engine.logger.error("Tasker takes no work any more: #{e.class}: #{e.message}")
        raise
      end

      def dispatch(item)
        return hand_over(item) if item["kind"] == "enqueue"
        return @steps << item if @is_served

        # A hook of a task that is being created, and the like.
        Thread.new { @engine.run_step(item) }
      end

      def hand_over(item)
        @enqueuer.enqueue(item["task_id"], item["delay_ms"] / 1000.0, item["reason"])
      rescue StandardError => e
        @engine.logger.warn("task #{item["task_id"]} was not enqueued, and will be again: #{e.class}: #{e.message}")
        @failed << [now + RETRY_SECONDS, item] if @failed.size < RETRIES_MAX
      end

      def repeat_failed
        return if @failed.empty?

        due, @failed = @failed.partition { |time, _| time <= now }
        due.each { |_, item| hand_over(item) }
      end

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
    private_constant :Intake
  end
end
