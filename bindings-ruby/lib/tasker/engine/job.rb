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
    # library's frames below them: an interrupt, +throw+, +Timeout+ or Thread#kill unwinds as anywhere else.
    class Job # :nodoc:
      ABANDONED = "the job that ran the task was ended meanwhile"

      def initialize(engine, task)
        @engine = engine
        @task = task
        @steps = Thread::Queue.new
        @done = Thread::Queue.new
      end

      def run
        Thread.new { serve }.name = "tasker job"
        while (item = @steps.pop)
          begin
            @engine.run_step(item, on_interrupt: :leave)
          ensure
            @done << true
          end
        end
        raise @error if @error

        @verdict
      ensure
        @steps.close
        give_up_waiting
      end

      private

      def serve
        Thread.current.report_on_exception = false
        # Kept for as long as the library may call it.
        pass_on = FFI::Function.new(:void, %i[pointer uint64 pointer size_t]) do |_, work, text, length|
          offer(work, text, length)
        end
        @verdict = Verdict.new(@engine.handle_task_by(@task, pass_on))
      rescue Exception => e
        @error = e
      ensure
        @steps.close
      end

      # Runs inside the library's call: nothing may be raised.
      def offer(work, text, length)
        item = JSON.parse(text.read_bytes(length).force_encoding(Encoding::UTF_8), freeze: true, max_nesting: false)
        @steps << item
        @done.pop
      rescue ClosedQueueError
        @engine.abandon(work, ABANDONED)
      rescue Exception => e
        @engine.logger.error("a step of task #{@task} was not passed on: #{e.class}: #{e.message}")
      end

      # A step that was passed on, and not taken.
      def give_up_waiting
        while (item = begin
          @steps.pop(true)
        rescue ThreadError
          nil
        end)
          @engine.abandon(item["work_id"], ABANDONED)
          @done << true
        end
      end
    end
    private_constant :Job
  end
end
