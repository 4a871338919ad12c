# frozen_string_literal: true

module Tasker
  class Engine
    # What came of Engine#handle_task. The task is given to its queue by the engine: a job has nothing to do with it.
    class Verdict
      # The state of an ended task, else +nil+.
      attr_reader :state

      # Seconds until the task comes back, else +nil+.
      attr_reader :delay

      # Why it comes back, such as <tt>"retry_backoff"</tt>, else +nil+.
      attr_reader :reason

      def initialize(json) # :nodoc:
        @kind = json["verdict"]
        @state = json["state"]
        @delay = json["delay_ms"] && json["delay_ms"] / 1000.0
        @reason = json["reason"]
        freeze
      end

      # The task is complete, error, cancelled or resolved_manually.
      def ended? = @kind == "ended"

      # There is more to do later: the queue was given the task with this delay.
      def again? = @kind == "again"

      # The task is paused or a draft, or another job runs it.
      def nothing_to_do? = @kind == "nothing_to_do"

      def inspect = "#<Tasker::Engine::Verdict #{[@kind, @state, @delay, @reason].compact.join(" ")}>"
    end

    # Runs the steps of one task on the calling thread.
    #
    # The library is called on a thread beside it, whose callback only passes steps on. So handlers have none of the
    # library's frames below them: an interrupt, +throw+, +Timeout+ or Thread#kill unwinds as anywhere else. Steps that
    # come after that are run beside; after an interrupt they are kept until the engine closes, which gives them back.
    class Job # :nodoc:
      def initialize(engine, task)
        @engine = engine
        @task = task
        @steps = Thread::Queue.new
        @done = Thread::Queue.new
      end

      def run
        Thread.new { serve }.name = "tasker job"
        while (item = @steps.pop)
          take(item)
        end
        raise @error if @error

        @verdict
      ensure
        @steps.close
        pass_on_waiting
      end

      private

      def take(item)
        @engine.run_step(item, on_interrupt: :leave)
      rescue SignalException
        # The library counts a step as failed if its callback returns without an outcome.
        @is_interrupted = true
        @engine.when_closed { @done << true }
        raise
      ensure
        @done << true unless @is_interrupted
      end

      def serve
        Thread.current.report_on_exception = false
        # Kept for as long as the library may call it.
        pass_on = FFI::Function.new(:void, %i[pointer uint64 pointer size_t]) do |_, _work, text, length|
          offer(text, length)
        end
        @verdict = Verdict.new(@engine.handle_task_by(@task, pass_on))
      rescue Exception => e
        @error = e
      ensure
        @steps.close
      end

      # Runs inside the library's call: nothing may be raised.
      def offer(text, length)
        item = JSON.parse(text.read_bytes(length).force_encoding(Encoding::UTF_8), freeze: true, max_nesting: false)
        begin
          @steps << item
        rescue ClosedQueueError
          return run_beside(item)
        end
        @done.pop
      rescue Exception => e
        @engine.logger.error("a step of task #{@task} was not passed on: #{e.class}: #{e.message}")
      end

      # On a thread that the handler may end.
      def run_beside(item)
        return Thread.new { @engine.run_step(item) }.join unless @is_interrupted

        closed = Thread::Queue.new
        @engine.when_closed { closed << true }
        closed.pop
      end

      # A step that was passed on when the job was left.
      def pass_on_waiting
        item = @steps.pop(true)
        Thread.new do
          run_beside(item)
          @done << true
        end
      rescue ThreadError
        nil
      end
    end
    private_constant :Job
  end
end
