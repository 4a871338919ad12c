# frozen_string_literal: true

# The handler API of Tasker: the base classes of handlers, the errors they raise, the read-only
# views they are given, and their ways to the outside: log, heartbeat, HTTP.
#
# Handlers written against this file run unchanged inside the Tasker process (TruffleRuby) and
# inside a Ruby application that embeds the engine. It therefore requires nothing: on a cold
# TruffleRuby a single +require "date"+ takes longer than everything else in here.
module Tasker
  autoload :VERSION, "tasker/version"

  # Stands for an argument that was not given, where +nil+ is a value.
  NONE = Object.new.freeze
  private_constant :NONE

  # What the class of a handler may declare beside its name.
  DECLARED = %i[description retryable retry_limit backoff timeout_seconds concurrency inputs_schema
                result_schema custom_events].freeze
  private_constant :DECLARED

  # Base of the errors that this library defines.
  class Error < StandardError
    # For a call that no host can take.
    def self.unhosted(who, host, operation, detail, bind) # :nodoc:
      call = detail.nil? ? operation.to_s : "#{operation}(#{detail.to_s.inspect})"
      problem = host.nil? ? "#{who} is not running in an engine" : "the host given to #{who} has no #{operation}"
      new("#{problem}, so #{call} reaches nobody; in a unit test, give an object with #{operation} first: #{bind}")
    end

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

    # A number of seconds as a plain Integer or Float, so that rationals and durations of other
    # libraries need no conversion rule of their own.
    def self.checked_seconds(seconds, name) # :nodoc:
      return nil if seconds.nil?

      unless seconds.is_a?(Numeric) && seconds.real? && seconds.finite?
        raise ArgumentError, "#{name} must be a number of seconds, not #{seconds.inspect}"
      end
      raise ArgumentError, "#{name} must not be negative: #{seconds.inspect}" if seconds.negative?

      Integer === seconds ? seconds : seconds.to_f
    end
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
      @retry_after = Error.checked_seconds(retry_after, "retry_after")
      @context = self.class.send(:checked_context, context)
    end
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

  # Raised by StepHandler#heartbeat when the attempt was cancelled, or its step belongs to another
  # worker by now. Nothing that the handler still does is stored: clean up, and let it pass.
  class StepCancelled < Error
    def initialize(message = "the attempt was cancelled") = super
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
      @data = data
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
    def inspect = "#<Tasker::Sequence of #{@data["step_name"]}>"

    private

    def no_ancestor(name)
      asking = @data["step_name"]
      asking = asking.nil? ? "this step" : "step #{asking.to_s.inspect}"
      PermanentError.new(
        "#{asking} cannot read #{name.inspect}, which is none of its ancestors: " \
        "name it in depends_on_steps of the template",
        error_code: "STEP_NOT_AN_ANCESTOR", context: { "step" => name }
      )
    end
  end

  # What a server answered. Read-only.
  #
  #   response = http.get("https://api.example.com/rates", params: { base: "EUR" })
  #   raise Tasker::RetryableError, "no rates: #{response.status}" unless response.ok?
  #   response.json["rates"]
  class HttpResponse < View
    ##
    # :attr_reader: status
    # Status code, such as +200+.

    ##
    # :attr_reader: headers
    # Map of header names in lower case; several values of one name are joined by commas.

    ##
    # :attr_reader: text
    # The body as text.

    ##
    # :attr_reader: url
    # The address that answered: after redirects, the last one.
    fields :status, :headers, :text, :url

    # Whether the status is one of 200 to 299.
    def ok? = status.between?(200, 299)

    # The body, parsed anew by each call.
    #
    # @raise [JSON::ParserError] if it is no JSON
    def json
      require "json"
      JSON.parse(text.to_s)
    end

    # The engine's number of this response.
    def tasker_index = @data["index"] # :nodoc:

    # Names status and address only: a body may hold secrets.
    def inspect = "#<Tasker::HttpResponse #{status}>"
  end

  # The engine's HTTP client. It works wherever a handler runs, also where the language itself has
  # no sockets or no TLS. Any status is a response; only a call without an answer raises.
  #
  #   http.post("https://api.example.com/orders", json: { id: 7 }, headers: { "X-Key" => key }, timeout: 10)
  #
  # Keywords of all methods: +headers+ and +params+ (maps), +json+ (a JSON-like value) or +body+
  # (text), +timeout+ (seconds, for the whole answer).
  class Http
    # Takes a block that gives an object with +http(request)+, or raises.
    def initialize(&host) # :nodoc:
      @host = host
    end

    # @return [HttpResponse]
    # @raise [PermanentError] +HTTP_REQUEST_INVALID+
    # @raise [RetryableError] if the server could not be reached, or gave no complete answer in time
    def get(url, **options) = request("GET", url, **options)

    # See #get.
    def head(url, **options) = request("HEAD", url, **options)

    # See #get.
    def post(url, **options) = request("POST", url, **options)

    # See #get.
    def put(url, **options) = request("PUT", url, **options)

    # See #get.
    def patch(url, **options) = request("PATCH", url, **options)

    # See #get.
    def delete(url, **options) = request("DELETE", url, **options)

    # Sends a request with any method.
    #
    # @param method [String, Symbol]
    # @return [HttpResponse]
    # @raise [ArgumentError] if +timeout+ is no number of seconds
    def request(method, url, headers: nil, params: nil, json: nil, body: nil, timeout: nil)
      request = { "method" => method.to_s.upcase, "url" => url.to_s, "headers" => headers, "params" => params,
                  "json" => json, "body" => body, "timeout_seconds" => Error.checked_seconds(timeout, "timeout") }
      HttpResponse.new(@host.call(url).http(request.compact))
    end
  end

  # Sends requests with the URL, headers and timeouts of a handler's config; see ApiStepHandler.
  class ApiClient
    # Takes a block that gives an object with +api_send(method, url, json)+, or raises.
    def initialize(&host) # :nodoc:
      @host = host
    end

    # Reads from the URL of the config, or another one; a relative one is resolved against it.
    #
    # @return [HttpResponse]
    def get(url = nil) = send_request("GET", url)

    # Sends JSON to the URL of the config, or another one.
    #
    # @return [HttpResponse]
    def post(json, url = nil) = send_request("POST", url, json)

    # Sends a request with any method; +nil+ as JSON is no body.
    #
    # @return [HttpResponse]
    # @raise [RetryableError] if the server could not be reached, gave no complete answer in time, or
    #   has asked to be left alone for longer
    def send_request(method, url = nil, json = nil)
      HttpResponse.new(@host.call.api_send(method.to_s.upcase, url&.to_s, json))
    end
  end

  # The log of one attempt. Its lines go to the engine's log with the ids of task and step; outside an
  # engine, to standard error. It never raises.
  #
  #   logger.info("charged", cents: 950, gateway: "eu-1")
  class Logger
    # Takes a block that gives the host, or +nil+.
    def initialize(&host) # :nodoc:
      @host = host
    end

    # @param message [String]
    # @param fields [Hash] what belongs to it, JSON-like; anything else is logged as its text
    def debug(message, fields = nil, **more) = write("debug", message, fields, more)

    # See #debug.
    def info(message, fields = nil, **more) = write("info", message, fields, more)

    # See #debug.
    def warn(message, fields = nil, **more) = write("warn", message, fields, more)

    # See #debug.
    def error(message, fields = nil, **more) = write("error", message, fields, more)

    private

    def write(level, message, fields, more)
      all = fields.nil? ? more : { **(Hash === fields ? fields : { "fields" => fields }), **more }
      host = @host.call
      if host.respond_to?(:log)
        host.log(level, text(message), all)
      else
        $stderr.write("#{line(level, message, all)}\n")
      end
      nil
    rescue StandardError
      nil # Whatever is wrong with a line of the log, the step goes on.
    end

    def line(level, message, fields)
      "#{level.upcase} #{text(message)}#{fields.map { |key, value| " #{text(key)}=#{field(value)}" }.join}"
        .gsub(/\s*[\r\n]+\s*/, " ")
    end

    def field(value)
      found = text(value)
      found.match?(/\A[^\s"=]+\z/) ? found : found.inspect
    end

    def text(value)
      text = value.to_s
      text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
      text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace, replace: "?")
    rescue StandardError
      "?"
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
  #
  # A class may declare what holds for its steps where a template says nothing else. Each of these
  # gives what is declared when it is called without an argument, and declares when it is called
  # with one. Subclasses inherit all but name and description.
  #
  #   class ChargePayment < Tasker::StepHandler
  #     description "Takes the money"
  #     retry_limit 5
  #     backoff strategy: "fixed", base_seconds: 2
  #     timeout_seconds 30
  #     inputs_schema "required" => ["order_id"]
  #   end
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

      # What the handler does, in a line or two. Subclasses do not inherit it.
      def description(text = NONE) = tasker_declare(:description, text, inherits: false)

      # +false+: every failure is final, whatever was raised.
      def retryable(flag = NONE) = tasker_declare(:retryable, flag)

      # Executions in all.
      def retry_limit(count = NONE) = tasker_declare(:retry_limit, count)

      # The wait between attempts: +strategy+ (none, fixed, linear, exponential), +base_seconds+,
      # +multiplier+, +cap_seconds+, +jitter+.
      def backoff(settings = NONE, **more) = tasker_declare(:backoff, tasker_map(settings, more))

      # Seconds that an attempt may take, or go without a heartbeat.
      def timeout_seconds(seconds = NONE) = tasker_declare(:timeout_seconds, seconds)

      # Attempts at once, per worker.
      def concurrency(count = NONE) = tasker_declare(:concurrency, count)

      # JSON Schema of the step's inputs.
      def inputs_schema(schema = NONE, **more) = tasker_declare(:inputs_schema, tasker_map(schema, more))

      # JSON Schema of what is stored.
      def result_schema(schema = NONE, **more) = tasker_declare(:result_schema, tasker_map(schema, more))

      # Names of the events that the handler publishes.
      def custom_events(*names)
        value = names == [nil] ? nil : names.flatten
        tasker_declare(:custom_events, names.empty? ? NONE : value)
      end

      # All that is declared, by text keys, unchecked. The engine's own entry.
      def tasker_declaration
        declared = { "name" => handler_name }
        DECLARED.each { |key| declared[key.name] = public_send(key) }
        declared["backoff"] = declared["backoff"].transform_keys(&:to_s) if Hash === declared["backoff"]
        declared.compact
      end

      # Where Tasker.step_handler was called: file and line; +nil+ for a class of its own.
      def tasker_source_location = nil # :nodoc:

      private

      def tasker_declare(key, value, inherits: true)
        declared = (@tasker_declared ||= {})
        return declared[key] = value unless value.equal?(NONE)
        return declared[key] if declared.key?(key)

        superclass.public_send(key) if inherits && superclass.respond_to?(key)
      end

      # Maps may be written with braces or without.
      def tasker_map(map, more)
        return map if more.empty?

        map.equal?(NONE) ? more : { **map, **more }
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
    def read_text(relative) = tasker_host(:read_text, relative).read_text(relative)

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
    def publish(name, payload = {}) = tasker_host(:publish, name).publish(name, payload)

    # The log of this attempt.
    #
    #   logger.info("charged", cents: 950)
    #
    # @return [Logger]
    def logger = @tasker_logger ||= Logger.new { @tasker_host }

    # The engine's HTTP client.
    #
    # @return [Http]
    def http = @tasker_http ||= Http.new { |url| tasker_host(:http, url) }

    # Says that the step goes on: its timeout starts anew. Cheap, so that a loop may call it as often
    # as it likes. A checkpoint is stored durably, and takes the place of the one before.
    #
    #   from = checkpoint || 0
    #   rows.each_slice(100).with_index do |slice, page|
    #     next if page < from
    #     send_all(slice)
    #     heartbeat(page + 1)
    #   end
    #
    # @param checkpoint [Object] JSON-like, at most 1 MiB; +nil+ is one too
    # @raise [StepCancelled] if the attempt was cancelled or has lost its step; nothing was stored
    # @raise [PermanentError] +CHECKPOINT_INVALID+
    # @raise [Tasker::Error] outside an engine
    def heartbeat(checkpoint = NONE)
      host = tasker_host(:heartbeat)
      checkpoint.equal?(NONE) ? host.heartbeat : host.heartbeat(checkpoint)
      nil
    end

    # What the last heartbeat with a checkpoint left, of this attempt or an earlier one; +nil+ if there
    # was none.
    #
    # @raise [Tasker::Error] outside an engine
    def checkpoint = tasker_host(:checkpoint).checkpoint

    # Whether the attempt was cancelled, has timed out, or has lost its step to another worker.
    #
    # @raise [Tasker::Error] outside an engine
    def cancelled? = tasker_host(:is_cancelled).is_cancelled

    # Gives this handler its host: any object with those of these methods that the handler uses.
    # Called by the engine after #initialize and before #process, and by unit tests.
    #
    #   read_text(relative)           heartbeat, heartbeat(checkpoint)    http(request)
    #   publish(name, payload)        checkpoint                          api_send(method, url, json)
    #   log(level, message, fields)   is_cancelled                        api_check(index)
    #                                                                     api_results(index)
    #
    # +http+ takes a map with +method+ and +url+, and those of +headers+, +params+, +json+, +body+ and
    # +timeout_seconds+ that were given. It and +api_send+ return a map with +status+, +headers+, +text+,
    # +url+ and +index+. All keys are text.
    #
    # @return [self]
    def tasker_bind(host)
      @tasker_host = host
      self
    end

    private

    # The host, if it has the operation.
    def tasker_host(operation, detail = nil)
      return @tasker_host if @tasker_host.respond_to?(operation)

      raise Error.unhosted(self.class, @tasker_host, operation, detail, "handler.tasker_bind(host)")
    end
  end

  # What Tasker.http gives: it finds the attempt with each request.
  HTTP = Http.new do |url|
    host = Thread.current[:tasker_handler_host]
    next host if host.respond_to?(:http)

    raise Error.unhosted("Tasker.http", host, :http, url, "Thread.current[:tasker_handler_host] = host")
  end
  private_constant :HTTP

  # What makes a class of a block.
  module OfBlock # :nodoc:
    attr_accessor :tasker_source_location

    def to_s = name || "Tasker.step_handler(#{handler_name.inspect})"
    alias inspect to_s
  end
  private_constant :OfBlock

  class << self
    # The engine's HTTP client, for code that is called by a handler without being one. It belongs to
    # the attempt that runs in the current fiber of the current thread; a fiber or thread that a handler
    # starts needs the handler's own StepHandler#http.
    #
    # @return [Http]
    def http = HTTP

    # Makes a handler of a block, which runs as a method of the handler: it has +config+, +publish+ and
    # all the rest, and may +return+. It may take fewer than the three arguments.
    #
    #   Tasker.step_handler("shop.charge", retry_limit: 5) do |task, sequence|
    #     logger.info("charging", order: task.context["order_id"])
    #     { "cents" => sequence.results_of("price")["cents"] }
    #   end
    #
    # @param name [String] the handler's name, as in StepHandler.handler_name
    # @param declarations +description+, +retry_limit+ and all else that a StepHandler class declares
    # @return [Class] a subclass of StepHandler
    # @raise [ArgumentError] without a block, or for a keyword that is no declaration
    def step_handler(name, **declarations, &work)
      raise ArgumentError, "step_handler(#{name.inspect}) needs a block" if work.nil?

      handler = Class.new(StepHandler) { extend OfBlock }
      handler.handler_name(name)
      handler.tasker_source_location = work.source_location
      declare(handler, declarations)
      define_process(handler, work)
      # The key has the place: a file that is evaluated again replaces its own handlers, and no others.
      (@step_handlers ||= {})[[handler.handler_name, work.source_location]] = handler
    end

    # The handlers that were made of blocks. Kept here, as nothing else may refer to them.
    def step_handlers = (@step_handlers ||= {}).values

    private

    def declare(handler, declarations)
      unknown = declarations.keys - DECLARED
      raise ArgumentError, "step_handler has no #{unknown.first}; it has #{DECLARED.join(", ")}" unless unknown.empty?

      declarations.each { |key, value| handler.public_send(key, value) }
    end

    def define_process(handler, work)
      handler.define_method(:process, &work)
      parameters = handler.instance_method(:process).parameters.map(&:first)
      taken = parameters.count { |kind| %i[req opt].include?(kind) }
      # What takes three arguments stays as it is, and so does what never can: the engine refuses that.
      return if taken >= 3 || parameters.include?(:rest) || parameters.include?(:keyreq)

      handler.class_eval do
        alias_method :tasker_work, :process
        private :tasker_work
        define_method(:process) { |task, sequence, step| tasker_work(*[task, sequence, step].first(taken)) }
      end
    end
  end

  # Base class of handlers that call an HTTP API. A subclass makes the call and returns the response; the
  # engine decides what it means: a result, a failure that is tried again (429, 503 and other server
  # errors, no answer in time), or one that is final (most 4xx). URL, headers and timeouts are those of
  # the template's +handler_config+.
  #
  #   class CreateLabel < Tasker::ApiStepHandler
  #     def call(task, sequence, step)
  #       client.post({ "order" => task.context["order_id"] })
  #     end
  #
  #     def results(step, response, initial_results) = { "label" => response.json["id"] }
  #   end
  class ApiStepHandler < StepHandler
    # Makes the call. Every API handler defines it.
    #
    # @return [HttpResponse] the response that decides, whatever its status
    def call(task, sequence, step)
      raise PermanentError.new("#{self.class} must define call(task, sequence, step)", error_code: "CALL_MISSING")
    end

    # What is stored of a successful response: by default its +status+, some of its +headers+, and its
    # +body+.
    #
    # @param response [HttpResponse] what #call returned
    # @param initial_results [Object, nil] what an earlier attempt stored
    def results(step, response, initial_results) = tasker_host(:api_results).api_results(response.tasker_index)

    # Sends requests as the config says.
    #
    # @return [ApiClient]
    def client = @tasker_client ||= ApiClient.new { tasker_host(:api_send) }

    # Makes the call and has the engine decide. Subclasses define #call instead.
    def process(task, sequence, step)
      response = call(task, sequence, step)
      unless response.is_a?(HttpResponse)
        raise PermanentError.new("#{self.class}#call must return a response of client, not a #{response.class}",
                                 error_code: "RESPONSE_MISSING")
      end
      tasker_host(:api_check).api_check(response.tasker_index)
      response
    end

    # Subclasses define #results instead.
    def process_results(step, output, initial_results) = results(step, output, initial_results)
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

  # Base class of event subscribers. A YAML file declares which events one gets, or Engine#subscribe says so; a new
  # instance is made for each event.
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
