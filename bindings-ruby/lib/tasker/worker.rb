# frozen_string_literal: true

require_relative "engine"

module Tasker
  # Runs the steps of one engine on threads of its own. Signals are left to the application.
  #
  #   worker = engine.worker(threads: 5)
  #   trap("TERM") { Thread.new { worker.stop } }
  #   worker.run
  #
  # More threads than the engine has slots have nothing to do; with fewer, steps wait in this process.
  class Worker
    # @param engine [Engine]
    # @param threads [Integer] steps that run at once
    def initialize(engine, threads: engine.slots)
      raise ArgumentError, "threads must be 1 or more: #{threads}" unless threads.is_a?(Integer) && threads.positive?

      @engine = engine
      @count = threads
      @threads = []
      @mutex = Mutex.new
      @stopped = Thread::Queue.new
    end

    # Begins to take steps, and returns.
    #
    # @return [self]
    def start
      @steps = @engine.serve
      @mutex.synchronize { @count.times { @threads << work } }
      self
    end

    # Takes steps until #stop is called elsewhere.
    def run
      start
      @stopped.pop
      nil
    end

    # Stops: waits for the steps that run, gives the others back, and closes the engine.
    #
    # @param timeout [Numeric] seconds for those that run; what still runs then is given back, and its outcome dropped
    def stop(timeout: 25)
      @engine.close(timeout: timeout)
      @mutex.synchronize { @threads.dup }.each { |thread| thread.join(0.1) unless thread == Thread.current }
      @stopped.close
      nil
    end

    private

    def work
      thread = Thread.new { take_all }
      thread.name = "tasker worker"
      thread
    end

    def take_all
      while (item = @steps.pop)
        is_busy = true
        @engine.run_step(item)
        is_busy = false
      end
    rescue Engine::Error => e
      @engine.logger.warn("a step was lost until its lease ends: #{e.class}: #{e.message}")
    ensure
      # A handler may end its thread; another one takes its place.
      replace(Thread.current) if is_busy && !@engine.closed?
    end

    def replace(thread)
      @mutex.synchronize do
        @threads.delete(thread)
        @threads << work
      end
    end
  end
end
