# frozen_string_literal: true

require "json"
require "logger"
require_relative "../tasker"
require_relative "engine/errors"
require_relative "engine/values"
require_relative "engine/failure"
require_relative "engine/attempt_host"
require_relative "engine/registry"
require_relative "engine/intake"
require_relative "engine/native"
require_relative "engine/job"

module Tasker
  autoload :Worker, File.expand_path("worker", __dir__)

  # The Tasker engine inside this process: makes and watches tasks, and runs their steps with a Worker or with the jobs
  # of the application's own queue. Needs CRuby, the ffi gem and a runtime folder (`tasker runtime DIR`).
  #
  #   Tasker::Engine.open(database_url: "postgresql://localhost/shop") do |engine|
  #     engine.register_handlers(ValidateCart, ChargePayment)
  #     engine.register_template("config/tasker/order.yaml")
  #     engine.worker(threads: 5).run
  #   end
  #
  # Safe from any thread. The first engine starts the JVM, which stays until the process ends: after a fork only a child
  # of a process that has opened none can open one.
  class Engine
    SLOTS_DEFAULT = 10
    WAIT_SLICE_MS = 1_000
    private_constant :SLOTS_DEFAULT, :WAIT_SLICE_MS

    # A task that was made, or the one that was there already.
    class CreatedTask
      # Id of the task, a number.
      attr_reader :id

      def initialize(id, is_created) # :nodoc:
        @id = id
        @is_created = is_created
        freeze
      end

      # Whether it is new.
      def created? = @is_created

      alias to_i id

      def inspect = "#<Tasker::Engine::CreatedTask #{id}#{" (found)" unless created?}>"
    end

    @open = []
    @mutex = Mutex.new

    class << self
      # The log of engines that are given none: warnings, to standard error.
      attr_writer :logger

      def logger = @logger ||= ::Logger.new($stderr, level: ::Logger::WARN, progname: "tasker")

      # Opens an engine. With a block, passes it, closes it afterwards, and returns what the block does.
      #
      # @param database_url [String, nil] a +postgresql://+ address; +nil+ for TASKER_DATABASE_URL
      # @param runtime_folder [String, nil] holds libtasker.so and its jars; +nil+ for TASKER_RUNTIME, or +runtime/+ in
      #   the gem. Counts for the first engine of the process only, as does +jvm+
      # @param slots [Integer] steps that are run at once
      # @param migrate [Boolean] whether to bring the schema of the database up to date
      # @param enqueuer [#name, #enqueue, nil] the application's queue; see Sidekiq.enqueuer. Tasks that this engine
      #   creates are run by its jobs
      # @param settings [Hash] keys of the configuration, such as <tt>{"engine.lease" => "30s"}</tt>
      # @param jvm [Hash] +heap_max_mb+ (256), +java_home+, +jvm_options+, +log_file+
      # @raise [NotStarted] without a library or a JVM
      # @raise [Forked] in a child of a process that has opened one
      # @raise [Unavailable] without a database, or one of another schema
      def open(database_url: nil, runtime_folder: nil, slots: SLOTS_DEFAULT, migrate: false, enqueuer: nil,
               settings: {}, jvm: {}, logger: nil)
        config = { "database_url" => database_url, "runtime" => "ruby", "slots" => slots, "migrate" => migrate,
                   "enqueuer" => enqueuer&.name, "settings" => settings.transform_values(&:to_s) }.compact
        Native.start(runtime_folder, jvm)
        engine = new(config, enqueuer, logger)
        return engine unless block_given?

        begin
          yield engine
        ensure
          engine.close
        end
      end

      def opened(engine) # :nodoc:
        @mutex.synchronize do
          @at_exit ||= at_exit { close_all(Process.pid) } && true
          @open << engine
        end
        Thread.current[:tasker_engines_opened]&.push(engine)
      end

      # Gives what the block does. When it raises, the engines that it has opened on this thread are closed.
      def closing_on_error # :nodoc:
        Thread.current[:tasker_engines_opened] = opened = []
        yield
      rescue StandardError
        opened.each(&:close)
        raise
      ensure
        Thread.current[:tasker_engines_opened] = nil
      end

      def closed(engine) = @mutex.synchronize { @open.delete(engine) } # :nodoc:

      private

      # Threads that wait in the library would keep the process from ending.
      def close_all(pid) = @open.dup.each { |engine| engine.close if engine.pid == pid }
    end

    private_class_method :new

    # The process that has opened it.
    attr_reader :pid # :nodoc:

    # Steps that are run at once.
    attr_reader :slots

    # Where warnings go.
    attr_writer :logger

    def logger = @logger || Engine.logger

    def initialize(config, enqueuer, logger) # :nodoc:
      @slots = config["slots"]
      @enqueuer = enqueuer
      @logger = logger
      @registry = Registry.new
      @intake = Intake.new(self, enqueuer)
      @running = 0
      @at_close = []
      @mutex = Mutex.new
      @idle = ConditionVariable.new
      @pid = Process.pid
      @handle = native_open(JSON.generate(config))
      Engine.opened(self)
      @intake.start if enqueuer
    end

    # Closes the engine: takes no more steps, waits for those that run, and gives the rest back. A second call does
    # nothing.
    #
    # @param timeout [Numeric] seconds for what runs
    def close(timeout: 10)
      return nil if @is_closed || @pid != Process.pid

      @mutex.synchronize do
        return nil if @is_closing

        @is_closing = true
      end
      @intake.stop
      await_idle(timeout)
      @intake.drain
      @is_closed = true
      Engine.closed(self)
      checked(:tasker_engine_close, @handle, 0)
      nil
    ensure
      @mutex.synchronize { @at_close.slice!(0..) }.each(&:call) if @is_closed
    end

    # Whether it was closed.
    def closed? = @is_closed ? true : false

    # Registers a template.
    #
    # @param source [String] the path of a YAML file, or the YAML itself where it has more than one line
    # @return [Hash] +namespace+, +name+, +version+, +named_task_id+, +outcome+
    # @raise [Invalid] with file and line; [Conflict] TEMPLATE_IN_USE
    def register_template(source, environment: nil)
      text = source.to_s
      kind = text.include?("\n") ? "yaml" : "path"
      call("register_template", { kind => kind == "path" ? File.expand_path(text) : text,
                                  "environment" => environment }.compact)
    end

    # Makes handlers known, with what they declare: classes, and what Tasker.step_handler gives. A class that was
    # loaded again replaces its former self.
    #
    # @return [Array<String>] their keys, such as <tt>"ruby:ChargePayment"</tt>
    # @raise [Invalid] for what is no handler; [Conflict] if two have one name
    def register_handlers(*classes)
      classes = classes.flatten
      described = @registry.add(classes)
      @intake.start if classes.any? { |cls| cls <= TaskHandler || cls <= Subscriber }
      call("register_handlers", { "handlers" => described })["registered"]
    end

    # Lets a subclass of Subscriber take events, on threads of this engine.
    #
    #   engine.subscribe(Alerts, events: ["task.failed", "order.*"], config: { channel: "ops" })
    #
    # @param events [Array<String>] names, <tt>"step.*"</tt> or <tt>"*"</tt>
    # @param name [String] names it; the class unless given. The position of a durable one is kept under it
    # @param template [String] only events about its tasks, <tt>[namespace.]name[@version]</tt>
    # @param durable [Boolean] whether it gets the transitions that any process makes, at least once and in order
    # @param config [Hash] what the class sees as +config+
    # @return [String] the name
    # @raise [Invalid] SUBSCRIPTION_INVALID; [Conflict] if the name is taken
    def subscribe(cls, events:, name: nil, template: nil, durable: false, config: {})
      unless cls.is_a?(Class) && cls < Subscriber
        raise Invalid.new("#{cls.inspect} is no subclass of Tasker::Subscriber", code: "SUBSCRIPTION_INVALID")
      end
      register_handlers(cls)
      call("subscribe", { "class" => cls.handler_name || cls.name, "events" => Array(events), "name" => name,
                          "template" => template, "durable" => durable, "config" => values(config, "config") }.compact)["name"]
    end

    # Ends a subscription.
    #
    # @param name [String] what #subscribe has returned
    # @return [Boolean] whether there was one
    def unsubscribe(name) = call("unsubscribe", { "name" => name })["was_subscribed"]

    # Makes a task.
    #
    #   engine.create_task("shop.order", { order_id: 7 }, priority: 5, idempotency_key: "order-7").id
    #
    # @param template [String] <tt>[namespace.]name[@version]</tt>
    # @param context [Hash] JSON-like, valid by the template's schema
    # @param request +initiator+, +source_system+, +reason+, +tags+, +bypass_steps+, +priority+, +correlation_id+,
    #   +parent_correlation_id+, +start_at+, +requested_at+, +delay_seconds+, +deadline_seconds+, +draft+,
    #   +identity_strategy+, +idempotency_key+, +annotations+; +duplicates+ ("refuse" or "skip"); +enqueuer+ (a name;
    #   +nil+ for workers)
    # @return [CreatedTask]
    # @raise [Invalid, NotFound, Conflict, Unavailable]
    def create_task(template, context = {}, **request)
      request = { enqueuer: @enqueuer&.name, **request }.compact
      given = values({ **request.transform_keys(&:to_s), "context" => context })
      made = call("create_task", { **given, "template" => template.to_s })
      CreatedTask.new(made["task_id"], made["created"])
    end

    # A task with its steps and, unless told otherwise, its audit trail, as a Hash with text keys.
    #
    # @raise [NotFound]
    def task(task, transitions: true) = call("get_task", { **of_task(task), "transitions" => transitions })

    # Waits for the end of a task.
    #
    # @param timeout [Numeric, nil] seconds; +nil+ for no end
    # @return [String, nil] complete, error, cancelled or resolved_manually; +nil+ if the time has passed
    def wait(task, timeout: nil)
      deadline = timeout && (now + timeout)
      loop do
        left = deadline ? ((deadline - now) * 1000).ceil.clamp(0, WAIT_SLICE_MS) : WAIT_SLICE_MS
        state = call("wait_task", { **of_task(task), "timeout_ms" => left })["state"]
        return state if %w[complete error cancelled resolved_manually].include?(state)
        return nil if deadline && now >= deadline
      end
    end

    # Every reason why a step is not running: maps with +reason+, +explanation+, +waits_until+ and +details+.
    #
    # @param step [String, Integer] its name, or its id
    def why(task, step) = call("why_step", of_step(task, step))

    ##
    # :method: cancel(task, operator:, reason:)
    # Ends a task. Each action gives its changes: maps with +task_id+, +step+, +from_state+, +to_state+ and +at+, and
    # raises Conflict where the state does not allow it.

    ##
    # :method: pause(task, operator:, reason:)
    # Has no more steps begin.

    ##
    # :method: resume(task, operator:, reason:)
    # Lets a paused task go on.

    ##
    # :method: launch(task, operator:, reason:)
    # Lets a draft begin.

    ##
    # :method: resolve(task, operator:, reason:)
    # Declares a failed task done.
    %w[cancel pause resume launch resolve].each do |action|
      define_method(action) do |task, operator:, reason:|
        call("#{action}_task", { **of_task(task), "operator" => operator, "reason" => reason })
      end
    end

    # Lets a failed task go on.
    #
    # @param reset_attempts [Boolean] whether its failed steps begin to count anew
    def retry(task, operator:, reason:, reset_attempts: false)
      call("retry_task", { **of_task(task), "operator" => operator, "reason" => reason,
                           "reset_attempts" => reset_attempts })
    end

    ##
    # :method: resolve_step(task, step, operator:, reason:)
    # Declares a failed step done.

    ##
    # :method: skip_step(task, step, operator:, reason:)
    # Leaves out a step.

    ##
    # :method: cancel_step(task, step, operator:, reason:)
    # Ends a step.
    %w[resolve skip cancel].each do |action|
      define_method("#{action}_step") do |task, step, operator:, reason:|
        call("#{action}_step", { **of_step(task, step), "operator" => operator, "reason" => reason })
      end
    end

    # Lets a failed step be tried again.
    def retry_step(task, step, operator:, reason:, reset_attempts: false)
      call("retry_step", { **of_step(task, step), "operator" => operator, "reason" => reason,
                           "reset_attempts" => reset_attempts })
    end

    # Completes a step with results, JSON-like, in place of its handler.
    def complete_step(task, step, results, operator:, reason:)
      call("complete_step", { **of_step(task, step), "operator" => operator, "reason" => reason,
                              "results" => values(results, "results") })
    end

    # A worker of this engine; see Worker. It takes the tasks that have no enqueuer.
    def worker(threads: slots) = Worker.new(self, threads: threads)

    # Runs what can run now of one task, on this thread: the body of a job of the application's queue.
    #
    # @return [Verdict]
    # @raise [NotFound]
    def handle_task(task) = Job.new(self, of_task(task)["task_id"]).run

    # Any operation of the library by its name.
    #
    # @param arguments [Hash] JSON, with text keys
    # @return [Object] JSON
    def call(operation, arguments = {}, freeze: false)
      name = Native.text(operation)
      json = Native.text(JSON.generate(arguments, max_nesting: 0))
      answer = checked(:tasker_call, @handle, name, name.size - 1, json, json.size - 1)
      answer.empty? ? nil : JSON.parse(answer, freeze: freeze, max_nesting: false)
    end

    def inspect = "#<Tasker::Engine#{" (closed)" if closed?}>"

    # -- Used by its parts -----------------------------------------------------------------------------------------

    # Runs one attempt on this thread, and completes it.
    def run_step(item, on_interrupt: :describe) # :nodoc:
      counted do
        is_left = false
        begin
          outcome = outcome_of(item)
        rescue Exception => e
          # Left to be given back when the engine closes, which comes next.
          is_left = on_interrupt == :leave && SignalException === e
          raise if is_left

          outcome = { "error" => Failure.of(e) }
        ensure
          # Without an outcome the handler was left by Thread#kill or throw.
          complete(item["work_id"], outcome || { "error" => Failure.left }) unless is_left
        end
      end
    end

    def when_closed(&block) # :nodoc:
      @mutex.synchronize { return @at_close << block unless @is_closed }
      yield
    end

    # @return [Hash, nil]
    def next_work(timeout_ms) # :nodoc:
      work = FFI::MemoryPointer.new(:uint64)
      status, text = Native.call(:tasker_next_work, usable, timeout_ms, work)
      return JSON.parse(text, freeze: true, max_nesting: false) if status == Native::OK
      return nil if status == Native::TIMEOUT

      raise Error.of(status, text)
    end

    def extend_work(work) = checked(:tasker_extend_work, @handle, work) # :nodoc:

    # Waits inside the library, which calls +function+ for each step.
    def handle_task_by(task, function) # :nodoc:
      buffer = Native::Buffer.new
      status = Native.tasker_handle_task(usable, task, function, nil, buffer)
      text = buffer.take
      raise Error.of(status, text) unless status == Native::OK

      JSON.parse(text)
    end

    # Has a worker take the steps.
    def serve # :nodoc:
      @intake.serve
      call("start")
      @intake.start
      @intake.steps
    end

    private

    def native_open(config)
      json = Native.text(config)
      handle = FFI::MemoryPointer.new(:uint64)
      status, error = Native.call(:tasker_engine_open, json, json.size - 1, handle)
      raise Error.of(status, error) unless status == Native::OK

      handle.read_uint64
    end

    def checked(function, handle, *arguments)
      usable unless function == :tasker_engine_close
      status, text = Native.call(function, handle, *arguments)
      return text if status == Native::OK

      raise Error.of(status, text)
    end

    def usable
      raise Closed.new("the engine is closed", code: "ENGINE_CLOSED") if @is_closed

      @handle
    end

    def outcome_of(item)
      host = AttemptHost.new(self, item)
      thread = Thread.current
      before = thread[:tasker_handler_host]
      thread[:tasker_handler_host] = host
      results = results_of(item, host)
      { "results" => Values.of(results) }
    rescue Values::Refused => e
      { "error" => Failure.refused(e) }
    ensure
      thread[:tasker_handler_host] = before
    end

    def results_of(item, host)
      handler = @registry.fetch(item["handler_class"]).new(item["step"]["config"]).tasker_bind(host)
      step = Step.new(item["step"])
      sequence = Sequence.new({ "step_name" => step.name }, host.method(:lookup))
      output = handler.process(Task.new(item["task"]), sequence, step)
      handler.process_results(step, output, item["previous_results"])
    end

    # An attempt that is over has nobody to tell: it was given to another worker.
    def complete(work, outcome)
      json = Native.text(JSON.generate(outcome, max_nesting: 0))
      checked(:tasker_complete_work, @handle, work, json, json.size - 1)
    rescue Closed, NotFound, Forked
      nil
    rescue Invalid => e
      complete_refused(work, e)
    end

    # The library takes no text of that size.
    def complete_refused(work, error)
      failure = { "class" => "ResultTooLarge", "message" => error.message, "error_code" => "RESULT_TOO_LARGE",
                  "retryable" => false }
      json = Native.text(JSON.generate({ "error" => failure }))
      checked(:tasker_complete_work, @handle, work, json, json.size - 1)
    rescue Error => e
      logger.error("the outcome of a step was not taken: #{e.message}")
    end

    # Keeps the engine open until the block has ended.
    def counted
      @mutex.synchronize { @running += 1 }
      yield
    ensure
      @mutex.synchronize do
        @running -= 1
        @idle.broadcast if @running.zero?
      end
    end

    def await_idle(timeout)
      deadline = now + timeout
      @mutex.synchronize do
        @idle.wait(@mutex, deadline - now) while @running.positive? && now < deadline
      end
    end

    def of_task(task)
      task = task.id if CreatedTask === task
      raise ArgumentError, "a task is named by its id, not by #{task.inspect}" unless Integer === task

      { "task_id" => task }
    end

    def of_step(task, step)
      Integer === step ? { "step_id" => step } : { **of_task(task), "step" => step.to_s }
    end

    def values(given, root = "request")
      Values.of(given)
    rescue Values::Refused => e
      raise Invalid.new("#{e.path(root)}: #{e.message}", code: "INPUT_NOT_JSON", details: { "path" => e.path(root) }),
            cause: nil
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
