# frozen_string_literal: true

# The handler API of Tasker: the base class of step handlers, the two errors they raise, and the
# read-only views they are given.
#
# Handlers written against this file run unchanged inside the Tasker process (TruffleRuby) and
# inside a Ruby application that embeds the engine. It therefore requires nothing: on a cold
# TruffleRuby a single +require "date"+ takes longer than everything else in here.
module Tasker
  autoload :VERSION, "tasker/version"

  # Base of the errors that this library defines.
  class Error < StandardError
    # Checks the +context+ of an error: details for whoever reads the failure, or nothing.
    def self.checked_context(context)
      return {} if context.nil?

      case context
      when String, Symbol, Numeric, Array, true, false
        raise ArgumentError, "context must be a Hash, not #{context.inspect}"
      end
      context
    end
    private_class_method :checked_context
  end

  # Raised by a handler when a later attempt may succeed: a timeout, a rate limit, a lock.
  #
  # Every other StandardError is treated in the same way. This one adds how long to wait and
  # details to store:
  #
  #   raise Tasker::RetryableError.new("gateway busy", retry_after: 30, context: { gateway: "eu-1" })
  class RetryableError < Error
    # Seconds until the next attempt, or +nil+ for the step's own backoff. Replaces the backoff,
    # has no jitter added, and is limited by the engine (300 s unless configured).
    attr_reader :retry_after

    # Details stored with the failure; JSON-like.
    attr_reader :context

    # @param message [String] what went wrong
    # @param retry_after [Numeric, nil] seconds, zero or more
    # @param context [Hash, nil] details, JSON-like
    # @raise [ArgumentError] if +retry_after+ is no finite number of seconds or is negative
    def initialize(message = nil, retry_after: nil, context: nil)
      super(message)
      @retry_after = self.class.send(:checked_delay, retry_after)
      @context = self.class.send(:checked_context, context)
    end

    # A delay as a plain Integer or Float, so that rationals and durations of other libraries
    # need no conversion rule of their own.
    def self.checked_delay(seconds)
      return nil if seconds.nil?

      unless seconds.is_a?(Numeric) && seconds.real? && seconds.finite?
        raise ArgumentError, "retry_after must be a number of seconds, not #{seconds.inspect}"
      end
      raise ArgumentError, "retry_after must not be negative: #{seconds.inspect}" if seconds.negative?

      Integer === seconds ? seconds : seconds.to_f
    end
    private_class_method :checked_delay
  end

  # Raised by a handler when no later attempt can succeed: bad input, a declined card.
  #
  # The step fails at once, whatever attempts it has left.
  #
  #   raise Tasker::PermanentError.new("cart is empty", error_code: "EMPTY_CART")
  class PermanentError < Error
    # A stable code for programs, or +nil+.
    attr_reader :error_code

    # Details stored with the failure; JSON-like.
    attr_reader :context

    # @param message [String] what went wrong
    # @param error_code [String, Symbol, nil] a stable code, such as +"CARD_DECLINED"+
    # @param context [Hash, nil] details, JSON-like
    # @raise [ArgumentError] if +error_code+ is neither text nor a symbol
    def initialize(message = nil, error_code: nil, context: nil)
      super(message)
      unless error_code.nil? || error_code.is_a?(Symbol) || error_code.respond_to?(:to_str)
        raise ArgumentError, "error_code must be a String, not #{error_code.inspect}"
      end

      @error_code = error_code&.to_s
      @context = self.class.send(:checked_context, context)
    end
  end

  # A named, read-only face over a map that belongs to the engine.
  #
  # The map may be a proxy into another runtime. It is indexed when an attribute is read, never
  # copied and never walked; an absent key reads as +nil+.
  class View
    # Declares one reader for each name.
    def self.fields(*names)
      names.each do |name|
        key = name.to_s.freeze
        define_method(name) { @data[key] }
      end
    end
    private_class_method :fields

    # @param data [#[]] a map with text keys
    def initialize(data)
      @data = data
      freeze
    end
  end
  private_constant :View

  # The task a step belongs to. Read-only.
  #
  #   task.context["customer"]["email"]
  class Task < View
    ##
    # :attr_reader: task_id
    # Id of the task, as text.

    ##
    # :attr_reader: namespace
    # Namespace of the template.

    ##
    # :attr_reader: name
    # Name of the template.

    ##
    # :attr_reader: version
    # Version of the template, such as <tt>"1.0.0"</tt>.

    ##
    # :attr_reader: context
    # The input of the task: a map with text keys, valid by the template's schema.

    ##
    # :attr_reader: initiator
    # Who asked for the task.

    ##
    # :attr_reader: source_system
    # The system the request came from.

    ##
    # :attr_reader: reason
    # Why the task was asked for.

    ##
    # :attr_reader: tags
    # List of texts.

    ##
    # :attr_reader: correlation_id
    # Ties the task to work elsewhere.

    ##
    # :attr_reader: requested_at
    # When the task was asked for: ISO 8601 text in UTC.
    fields :task_id, :namespace, :name, :version, :context, :initiator, :source_system, :reason,
           :tags, :correlation_id, :requested_at

    # Names the task without its payload, so that it may be logged.
    def inspect = "#<Tasker::Task #{namespace}.#{name}@#{version} #{task_id}>"
  end

  # The step being attempted. Read-only.
  class Step < View
    ##
    # :attr_reader: workflow_step_id
    # Id of the step.

    ##
    # :attr_reader: name
    # Name of the step in its template.

    ##
    # :attr_reader: attempts
    # Number of this attempt: 1 on the first run.

    ##
    # :attr_reader: retry_limit
    # How many attempts there may be in all.

    ##
    # :attr_reader: inputs
    # The step's own inputs, a map.

    ##
    # :attr_reader: config
    # The template's +handler_config+, a map.
    fields :workflow_step_id, :name, :attempts, :retry_limit, :inputs, :config

    # Names the step without its payload, so that it may be logged.
    def inspect = "#<Tasker::Step #{name} attempt #{attempts} of #{retry_limit}>"
  end

  # An earlier step, as Sequence#find_step_by_name gives it. Read-only.
  class StepResult < View
    ##
    # :attr_reader: name
    # Name of the step in its template.

    ##
    # :attr_reader: state
    # State of the step, such as <tt>"complete"</tt>.

    ##
    # :attr_reader: results
    # What the step stored, or +nil+.
    fields :name, :state, :results

    # Names the step without its results, so that it may be logged.
    def inspect = "#<Tasker::StepResult #{name} #{state}>"
  end

  # What earlier steps left behind: every ancestor of the step, not only its direct parents.
  #
  #   cart = sequence.results_of("validate_cart")
  #
  # Far ancestors are read from the database on first use, all in one read.
  class Sequence
    # @param data [#[]] a map; its optional +step_name+ names the asking step in errors
    # @param lookup [#call] takes a step's name and returns a map with +name+, +state+ and
    #   +results+, or +nil+ if that step is no ancestor
    def initialize(data, lookup)
      @asking = data["step_name"]
      @lookup = lookup
      @found = {}
      freeze
    end

    # Results of an ancestor, or +nil+ if it stored none.
    #
    # @param name [String, Symbol] the step's name in the template
    # @raise [PermanentError] if that step is no ancestor
    def results_of(name) = find_step_by_name(name).results

    # An ancestor with its name, state and results.
    #
    # @param name [String, Symbol] the step's name in the template
    # @return [StepResult]
    # @raise [PermanentError] if that step is no ancestor
    def find_step_by_name(name)
      key = name.to_s
      @found[key] ||= begin
        data = @lookup.call(key)
        # A null of another runtime is an object here: ask nil?, do not test for truth.
        raise no_ancestor(key) if data.nil?

        StepResult.new(data)
      end
    end

    # Names the asking step only.
    def inspect = "#<Tasker::Sequence of #{@asking}>"

    private

    def no_ancestor(name)
      asking = @asking.nil? ? "this step" : "step #{@asking.to_s.inspect}"
      PermanentError.new(
        "#{asking} cannot read #{name.inspect}, which is none of its ancestors: " \
        "name it in depends_on_steps of the template",
        error_code: "STEP_NOT_AN_ANCESTOR", context: { "step" => name }
      )
    end
  end

  # Base class of every step handler. A new instance is made for each attempt.
  #
  #   class ChargePayment < Tasker::StepHandler
  #     def process(task, sequence, step)
  #       cart = sequence.results_of("validate_cart")
  #       { "charged_cents" => cart["total_cents"] }
  #     end
  #   end
  #
  # What #process returns must be JSON-like: nil, booleans, numbers, text, arrays, and maps with
  # text keys.
  class StepHandler
    class << self
      # Declares the name under which templates and workers know this class, in place of its
      # constant path; without an argument, returns it or +nil+. Subclasses do not inherit it,
      # because two classes cannot share a name.
      #
      #   handler_name "ecommerce.charge"
      #
      # @raise [ArgumentError] if the name is no text or is empty
      def handler_name(name = nil)
        return @handler_name if name.nil?

        unless name.is_a?(String) && !name.empty?
          raise ArgumentError, "handler_name of #{self} must be text, not #{name.inspect}"
        end
        @handler_name = name.dup.freeze
      end
    end

    # The template's +handler_config+: a map with text keys, empty if there is none.
    attr_reader :config

    # @param config [#[], nil] the template's +handler_config+
    def initialize(config = nil)
      @config = config.nil? ? {}.freeze : config
    end

    # Does the work of the step. Every handler defines it.
    #
    # @param task [Task]
    # @param sequence [Sequence]
    # @param step [Step]
    # @return [Object] the output, JSON-like
    # @raise [RetryableError] if a later attempt may succeed
    # @raise [PermanentError] if none can
    def process(task, sequence, step)
      raise PermanentError.new("#{self.class} must define process(task, sequence, step)",
                               error_code: "PROCESS_MISSING")
    end

    # Decides what is stored; the output itself unless overridden.
    #
    # @param step [Step]
    # @param output [Object] what #process returned
    # @param initial_results [Object, nil] what an earlier attempt stored
    def process_results(step, output, initial_results) = output

    # Reads a UTF-8 text file below the +data+ folder beside the template.
    #
    # @param relative [String] path below that folder
    # @raise [Tasker::Error] outside an engine
    def read_text(relative)
      if @tasker_host.nil?
        raise Error, "#{self.class} is not running in an engine, so read_text(#{relative.inspect}) " \
                     "has nothing to read from; in a unit test, give the handler an object with " \
                     "read_text first: handler.tasker_bind(host)"
      end
      @tasker_host.read_text(relative)
    end

    # Publishes a custom event. Subscribers get it after this attempt's outcome is committed, whether
    # it succeeds or fails; another attempt publishes it again.
    #
    #   publish "order.shipped", carrier: "post"
    #
    # @param name [String] with a dot, such as +"order.shipped"+
    # @param payload [Hash] JSON-like, at most 64 KiB
    # @raise [PermanentError] +EVENT_INVALID+: a reserved name, a payload that cannot be sent, or more
    #   than 100 events
    # @raise [Tasker::Error] outside an engine
    def publish(name, payload = {})
      if @tasker_host.nil?
        raise Error, "#{self.class} is not running in an engine, so publish(#{name.inspect}) reaches " \
                     "nobody; in a unit test, give the handler an object with publish first: " \
                     "handler.tasker_bind(host)"
      end
      @tasker_host.publish(name, payload)
    end

    # Gives this handler its host: any object with +read_text(relative)+ and +publish(name, payload)+.
    # Called by the engine after #initialize and before #process, and by unit tests.
    #
    # @return [self]
    def tasker_bind(host)
      @tasker_host = host
      self
    end
  end

  # Base class of a template's +task_handler+: hooks that are called when a task is made and after
  # it has ended. Every hook has a default that does nothing.
  #
  #   class OrderHandler < Tasker::TaskHandler
  #     def establish_step_dependencies_and_defaults(task, steps)
  #       charge = steps.find { |step| step["name"] == "charge_payment" }
  #       charge["retry_limit"] = 5 if task.context["customer"]["vip"]
  #     end
  #
  #     def update_annotations(task, sequence, steps)
  #       [{ "type" => "total", "annotation" => { "cents" => sequence.results_of("charge_payment")["cents"] } }]
  #     end
  #   end
  class TaskHandler < StepHandler
    # JSON Schema that the context must fit, beside the template's own; +nil+ for none.
    def schema = nil

    # Adjusts the steps of a task that is about to be made. +steps+ is a list of maps with text keys:
    # +name+, +depends_on+ (names; more may be added), +retryable+, +retry_limit+ and +inputs+. The
    # hook changes these maps in place.
    #
    # @param task [Task] without an id: it is not stored yet
    def establish_step_dependencies_and_defaults(task, steps) = nil

    # What to store beside a task that has ended: a list of maps +type+ and +annotation+.
    #
    # @param task [Task]
    # @param sequence [Sequence] results of every step of the task
    # @param steps [Array] maps with +name+, +state+, +attempts+ and +results+
    def update_annotations(task, sequence, steps) = []

    # Calls the hook that +step+ names. The engine's own entry; handlers do not override it.
    def process(task, _sequence, step)
      input = task.context
      subject = Task.new(input["task"])
      case step.name
      when "schema" then schema
      when "establish_step_dependencies_and_defaults"
        steps = input["steps"].map { |data| own_copy(data) }
        establish_step_dependencies_and_defaults(subject, steps)
        steps
      when "update_annotations"
        steps = input["steps"].to_a
        found = steps.to_h { |data| [data["name"], data] }
        update_annotations(subject, Sequence.new({}, ->(name) { found[name] }), steps)
      else
        raise PermanentError.new("#{self.class} knows no hook #{step.name.inspect}", error_code: "HOOK_UNKNOWN")
      end
    end

    private

    # A map of the host as a Hash that the hook may change.
    def own_copy(data)
      { "name" => data["name"], "depends_on" => data["depends_on"].to_a.dup, "retryable" => data["retryable"],
        "retry_limit" => data["retry_limit"], "inputs" => data["inputs"].to_h.dup }
    end
  end

  # Base class of event subscribers. A YAML file declares which events one gets; a new instance is made
  # for each event.
  #
  #   module Orders
  #     class Audit < Tasker::Subscriber
  #       def handle(event)
  #         warn "#{event["event_type"]} of task #{event["task_id"]}"
  #       end
  #     end
  #   end
  #
  # +config+ is that of the declaration. What #handle raises is logged and fails no task.
  class Subscriber < StepHandler
    # Takes one event. Every subscriber defines it.
    #
    # @param event [#[]] its payload: a map with text keys, +event_type+, +timestamp+ and often
    #   +task_id+ among them
    def handle(event)
      raise PermanentError.new("#{self.class} must define handle(event)", error_code: "HANDLE_MISSING")
    end

    # Hands the event over. The engine's own entry; subscribers do not override it.
    def process(task, _sequence, _step) = handle(task.context)

    # What #handle returns is stored nowhere.
    def process_results(_step, _output, _initial_results) = nil
  end
end
