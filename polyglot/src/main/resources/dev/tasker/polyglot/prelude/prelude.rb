# frozen_string_literal: true

# The host's side of Ruby handlers: loads files, calls handlers, and flattens what they return.
module TaskerHost
  NULL, TRUE, FALSE, INT, BIG, FLOAT, TEXT, LIST, MAP, HOST = *0..9
  DEPTH_MAX = 100
  NODES_MAX = 1_000_000
  CAUSES_MAX = 5
  LINES_MAX = 50

  class Refusal < StandardError
    attr_reader :code, :path, :reason

    def initialize(code, path, reason)
      super("#{path}: #{reason}")
      @code = code
      @path = path
      @reason = reason
    end
  end

  # A map of the host; a field is copied when it is read first.
  class Fields
    def initialize(read)
      @read = read
      @known = {}
    end

    def [](name)
      return @known[name] if @known.key?(name)

      @known[name] = Copy.of(@read.call(name))
    end
  end

  # Rebuilds a host value from its flat form as frozen Ruby objects.
  class Copy
    def self.of(flat) = new(flat).take

    def initialize(flat)
      @flat = flat
      @at = 0
    end

    def take
      tag = shift
      case tag
      when NULL then nil
      when TRUE then true
      when FALSE then false
      when TEXT then text
      when BIG then text.to_i(16)
      when LIST then Array.new(shift) { take }.freeze
      when MAP then map(shift)
      else shift
      end
    end

    private

    def shift
      value = @flat[@at]
      @at += 1
      value
    end

    # A text of the host is an object of its own, until it is turned into a String.
    def text = shift.to_s

    def map(size)
      copy = {}
      size.times do
        key = text
        copy[key] = take
      end
      copy.freeze
    end
  end

  # What Tasker::StepHandler#read_text and #publish call.
  class Host
    def initialize(read, publish)
      @read = read
      @publish = publish
    end

    def read_text(relative) = TaskerHost.called(@read, relative.to_s).then { |flat| Copy.of(flat) }

    def publish(name, payload)
      flat = ["payload"]
      Walk.new(flat).add(payload, "payload", 0)
      TaskerHost.called(@publish, name.to_s, flat)
      nil
    rescue Refusal => e
      raise Tasker::PermanentError.new("event `#{name}` cannot be published: #{e.path}: #{e.reason}",
                                       error_code: "EVENT_INVALID", context: { "event" => name.to_s }), cause: nil
    end
  end

  # Flattens a value into tags and scalars, so that the host reads one array.
  class Walk
    def initialize(flat)
      @flat = flat
      @open = {}.compare_by_identity
    end

    def add(value, path, depth)
      if @flat.size > NODES_MAX
        raise Refusal.new("RESULT_TOO_LARGE", path, "the value has more than #{NODES_MAX} parts")
      end

      case value
      when nil then @flat << NULL
      when true then @flat << TRUE
      when false then @flat << FALSE
      when ::String then @flat << TEXT << utf8(value, path)
      when ::Symbol then @flat << TEXT << value.name
      when ::Integer then integer(value)
      when ::Float then float(value, path)
      when ::Array then nested(value, path, depth) { list(value, path, depth + 1) }
      when ::Hash then nested(value, path, depth) { map(value, path, depth + 1) }
      else other(value, path, depth)
      end
    end

    private

    def integer(value)
      if value.bit_length < 64
        @flat << INT << value
      else
        @flat << BIG << value.to_s(16)
      end
    end

    def float(value, path)
      raise Refusal.new("RESULT_NOT_JSON", path, "#{value} is no JSON number") unless value.finite?

      @flat << FLOAT << value
    end

    def utf8(value, path)
      text = value.encoding == Encoding::UTF_8 || value.ascii_only? ? value : encoded(value)
      return text if text&.valid_encoding?

      raise Refusal.new("RESULT_NOT_JSON", path, "bytes cannot be stored; turn them into text first (base64)")
    end

    def encoded(value)
      value.encoding == Encoding::BINARY ? nil : value.encode(Encoding::UTF_8)
    rescue EncodingError
      nil
    end

    def nested(value, path, depth)
      if depth >= DEPTH_MAX
        raise Refusal.new("RESULT_TOO_LARGE", path, "the value is nested deeper than #{DEPTH_MAX} levels")
      end
      raise Refusal.new("RESULT_NOT_JSON", path, "the value contains itself") if @open.key?(value)

      @open[value] = true
      yield
      @open.delete(value)
    end

    def list(value, path, depth)
      @flat << LIST << value.size
      value.each_with_index { |item, index| add(item, "#{path}[#{index}]", depth) }
    end

    def map(value, path, depth)
      @flat << MAP << value.size
      value.each_pair do |key, item|
        unless ::String === key || ::Symbol === key
          raise Refusal.new("RESULT_NOT_JSON", path, "the key #{key.inspect} is a #{key.class}; keys must be text")
        end

        name = utf8(key.to_s, path)
        @flat << name
        add(item, "#{path}.#{name}", depth)
      end
    end

    def other(value, path, depth)
      # A foreign object answers only what its own side knows.
      return @flat << HOST << value if Truffle::Interop.foreign?(value)

      case value.class.name
      when "Set" then nested(value, path, depth) { list(value.to_a, path, depth + 1) }
      when "Time" then @flat << TEXT << time_text(value)
      when "Date" then @flat << TEXT << value.iso8601
      when "DateTime" then @flat << TEXT << value.iso8601(9)
      when "BigDecimal" then decimal(value, path)
      else raise Refusal.new("RESULT_NOT_JSON", path, "a value of class #{value.class} cannot be stored")
      end
    end

    def time_text(value)
      digits = value.nsec.zero? ? "" : ".%9N"
      value.utc? ? value.strftime("%Y-%m-%dT%H:%M:%S#{digits}Z") : value.strftime("%Y-%m-%dT%H:%M:%S#{digits}%:z")
    end

    def decimal(value, path)
      raise Refusal.new("RESULT_NOT_JSON", path, "#{value} is no JSON number") unless value.finite?

      @flat << TEXT << value.to_s("F")
    end
  end

  @loaded = {}

  class << self
    # Evaluates the base library under its own name; `require "tasker"` finds it as loaded.
    def install(text, name)
      eval(text.to_s, TOPLEVEL_BINDING, name.to_s, 1)
      $LOADED_FEATURES << "tasker.rb"
    end

    def install_version(text, name)
      eval(text.to_s, TOPLEVEL_BINDING, name.to_s, 1)
      $LOADED_FEATURES << "tasker/version.rb"
    end

    # Evaluates a handler file, once; another handler may have required it before.
    def load(path, text)
      path = path.to_s
      return answer("ok", nil) if @loaded[path] || $LOADED_FEATURES.include?(path)

      eval(text.to_s, TOPLEVEL_BINDING, path, 1)
      $LOADED_FEATURES << path
      @loaded[path] = true
      answer("ok", nil)
    rescue SyntaxError => e
      answer("syntax", syntax(e, path))
    rescue Exception => e
      answer("error", describe(e))
    end

    # Finds the class that a handler key names.
    def resolve(path, name)
      answer("ok", resolved(path.to_s, name.to_s))
    rescue Exception => e
      answer("error", describe(e))
    end

    # One attempt: a new handler, `process`, `process_results`; everything it raises is described.
    def run(path, name, config, read_text, publish, task, lookup, step, previous)
      handler = find(name.to_s).new(Copy.of(config))
      handler.tasker_bind(Host.new(read_text, publish))
      fields = Fields.new(step)
      step_view = Tasker::Step.new(fields)
      sequence = Tasker::Sequence.new({ "step_name" => fields["name"] }, finder(lookup))
      finished = false
      output = catch_all do
        value = handler.process(Tasker::Task.new(Fields.new(task)), sequence, step_view)
        value = handler.process_results(step_view, value, Copy.of(previous))
        finished = true
        value
      end
      finished ? answer("ok", output) : output
    rescue Exception => e
      answer("error", describe(e))
    end

    # Calls the host; its errors come as values, so that handlers can rescue them as their own.
    def called(host, *arguments)
      answer = host.call(*arguments)
      kind = answer[0].to_s
      return answer[1] if kind == "ok"

      message = answer[1].to_s
      context = Copy.of(answer[4])
      if kind == "permanent"
        raise Tasker::PermanentError.new(message, error_code: text_or_nil(answer[2]), context: context)
      end
      raise Tasker::RetryableError.new(message, retry_after: seconds(answer[3]), context: context)
    end

    private

    def catch_all
      yield
    rescue Exception => e
      answer("error", describe(e))
    end

    def seconds(value) = value.negative? ? nil : value

    def text_or_nil(value) = value.to_s.then { |text| text.empty? ? nil : text }

    def finder(lookup)
      lambda do |name|
        read = called(lookup, name)
        Fields.new(read)
      end
    end

    def handlers
      found = []
      waiting = Tasker::StepHandler.subclasses
      until waiting.empty?
        cls = waiting.shift
        found << cls
        waiting.concat(cls.subclasses)
      end
      found.select(&:name)
    end

    def key_of(cls) = cls.handler_name || cls.name

    def find(name) = handlers.find { |cls| key_of(cls) == name }

    def resolved(path, name)
      matching = handlers.select { |cls| key_of(cls) == name }
      return { "status" => "duplicate", "names" => matching.map { |cls| place(cls) } } if matching.size > 1
      return { "status" => "found" } if matching.size == 1

      names = handlers.select { |cls| file_of(cls) == path }.map { |cls| shown(cls) }
      other = constant(name)
      handler = other.is_a?(Class) && other < Tasker::StepHandler
      status = other.nil? || handler ? "missing" : "not_a_step_handler"
      { "status" => status, "names" => names, "what" => other.class.name }
    end

    def constant(name)
      return nil unless name.match?(/\A[A-Z]\w*(::[A-Z]\w*)*\z/)

      name.split("::").reduce(Object) { |scope, part| scope.const_get(part, scope.equal?(Object)) }
    rescue NameError
      nil
    end

    def shown(cls) = cls.handler_name ? "#{cls.handler_name} (class #{cls.name})" : cls.name

    def place(cls) = "class #{cls.name} in #{Object.const_source_location(cls.name)&.join(":")}"

    def file_of(cls) = Object.const_source_location(cls.name)&.first

    def answer(kind, value)
      flat = [kind]
      Walk.new(flat).add(value, "results", 0)
      flat
    rescue Refusal => e
      answer("refused", { "code" => e.code, "path" => e.path, "reason" => e.reason })
    rescue Exception => e
      answer("error", describe(e))
    end

    def syntax(error, path)
      match = /\A(.+?):(\d+): (.*)\z/m.match(error.message)
      { "file" => match ? match[1] : path, "line" => match && match[2].to_i, "column" => nil,
        "message" => match ? match[3] : error.message }
    end

    def describe(error, causes_left = CAUSES_MAX)
      kind = case error
             when Tasker::PermanentError then "permanent"
             when Tasker::RetryableError then "retryable"
             else "other"
             end
      cause = causes_left.positive? && error.cause ? describe(error.cause, causes_left - 1) : nil
      { "kind" => kind, "class" => error.class.name || error.class.to_s, "message" => message(error),
        "error_code" => kind == "permanent" ? error.error_code : nil,
        "retry_after" => kind == "retryable" ? error.retry_after : nil,
        "context" => kind == "other" ? {} : storable(error.context),
        "cause" => cause, "backtrace" => lines(error) }
    end

    def message(error)
      text = error.message.to_s.dup
      text.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
      text.scrub("?")
    rescue Exception
      error.class.to_s
    end

    def storable(context)
      Walk.new([]).add(context, "context", 0)
      context
    rescue Exception => e
      { "context_refused" => e.message }
    end

    def lines(error)
      own = (error.backtrace || []).reject { |line| line.start_with?("<tasker", "<internal:", "(eval") }
      own.first(LINES_MAX).map { |line| line.sub(/:in [`'](.*)'\z/, ':in \1') }
    end
  end

  # Leaving the process is not a handler's business: this raises what `exit` raises.
  module Leaving
    def exit!(status = false) = raise(SystemExit.new(status == true ? 0 : status || 1, "exit!"))

    def exec(*) = raise(NotImplementedError, "exec would replace the process that runs this handler")
  end
  [::Kernel, ::Process].each { |owner| owner.singleton_class.prepend(Leaving) }
end

module Kernel
  [:exit!, :exec].each do |name|
    define_method(name, TaskerHost::Leaving.instance_method(name))
    private name
  end
end
TaskerHost
