# frozen_string_literal: true

# The host's side of Ruby handlers: loads files, calls handlers, and flattens what they return.
module TaskerHost
  NULL, TRUE, FALSE, INT, BIG, FLOAT, TEXT, LIST, MAP, HOST = *0..9
  DEPTH_MAX = 100
  NODES_MAX = 1_000_000
  CAUSES_MAX = 5
  LINES_MAX = 50
  FOLDERS_MAX = 10
  LEFT = "the handler ended its thread, or jumped out of its call"

  # A value that cannot cross. Its path is put together on the way out, so that a value that can costs nothing.
  class Refusal < StandardError
    attr_reader :code, :reason

    def initialize(code, reason)
      super(reason)
      @code = code
      @reason = reason
      @parts = []
    end

    # Notes that the value was below this index or key.
    def within(part)
      @parts << part
      self
    end

    def path(root) = "#{root}#{@parts.reverse.join}"
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
      when TEXT then text
      when INT then shift
      when MAP then map(shift)
      when LIST then Array.new(shift) { take }.freeze
      when NULL then nil
      when TRUE then true
      when FALSE then false
      when BIG then text.to_i(16)
      else shift
      end
    end

    private

    # Not `[]`, which asks the host for the size each time.
    def shift
      value = Truffle::Interop.read_array_element(@flat, @at)
      @at += 1
      value
    end

    # A text of the host is an object of its own, until it is turned into a String.
    def text = shift.to_s.freeze

    def map(size)
      copy = {}
      size.times do
        key = text
        copy[key] = take
      end
      copy.freeze
    end
  end

  # What a handler's host is asked for, and Tasker.http: each method is one operation of the host's one function.
  class Host
    def initialize(call)
      @call = call
    end

    def read_text(relative) = Copy.of(ask("read_text", relative.to_s))

    def lookup(name) = Fields.new(ask("lookup", name))

    def publish(name, payload)
      ask("publish", name.to_s, Walk.flat(payload, "payload"))
      nil
    rescue Refusal => e
      refuse("EVENT_INVALID", "event `#{name}` cannot be published", e, "payload", context: { "event" => name.to_s })
    end

    def log(level, message, fields)
      ask("log", level.to_s, TaskerHost.printable(message), fields.empty? ? nil : Walk.fields(fields))
      nil
    end

    # Without an argument there is no checkpoint; nil is one.
    def heartbeat(*checkpoint)
      ask("heartbeat", checkpoint.empty? ? nil : Walk.flat(checkpoint.first, "checkpoint"))
      nil
    rescue Refusal => e
      refuse("CHECKPOINT_INVALID", "the checkpoint cannot be stored", e, "checkpoint")
    end

    def checkpoint = Copy.of(ask("checkpoint"))

    def is_cancelled = Copy.of(ask("is_cancelled"))

    def http(request)
      Fields.new(ask("http", Walk.flat(request, "request")))
    rescue Refusal => e
      refuse("HTTP_REQUEST_INVALID", "the HTTP request cannot be sent", e, "request")
    end

    def api_send(method, url, json)
      Fields.new(ask("api_send", method.to_s, url&.to_s, json.nil? ? nil : Walk.flat(json, "json")))
    rescue Refusal => e
      refuse("HTTP_REQUEST_INVALID", "the HTTP request cannot be sent", e, "json")
    end

    def api_check(index)
      ask("api_check", index)
      nil
    end

    def api_results(index) = Copy.of(ask("api_results", index))

    private

    # Errors of the host come as values, and are raised here as the handler's own, so that it can rescue them.
    def ask(*call)
      given = @call.call(*call)
      value = Truffle::Interop.read_array_element(given, 1)
      kind = Truffle::Interop.read_array_element(given, 0).to_s
      return value if kind == "ok"
      raise Tasker::StepCancelled, value.to_s if kind == "cancelled"
      raise Tasker::Error, value.to_s if kind == "ended"

      code, delay, context = [2, 3, 4].map { |index| Truffle::Interop.read_array_element(given, index) }
      context = Copy.of(context)
      if kind == "permanent"
        code = code.nil? || code.to_s.empty? ? nil : code.to_s
        raise Tasker::PermanentError.new(value.to_s, error_code: code, context: context)
      end
      delay = nil if delay.nil? || delay.negative?
      raise Tasker::RetryableError.new(value.to_s, retry_after: delay, context: context)
    end

    def refuse(code, problem, refusal, root, context: { "path" => refusal.path(root) })
      raise Tasker::PermanentError.new("#{problem}: #{refusal.path(root)}: #{refusal.reason}",
                                       error_code: code, context: context), cause: nil
    end
  end

  # Flattens a value into tags and scalars, so that the host reads one array.
  class Walk
    # The root name, then the value.
    #
    # @raise [Refusal] with the path below the root
    def self.flat(value, root) = [root].tap { |flat| new(flat).add(value, 0) }

    # The fields of a line of the log; what cannot cross is replaced by its text.
    def self.fields(fields)
      named = fields.to_h { |key, value| [TaskerHost.printable(key), value] }
      flat = ["fields", MAP, named.size]
      named.each_pair { |key, value| flat.push(key).concat(field(value)) }
      flat
    end

    def self.field(value)
      [].tap { |flat| new(flat).add(value, 1) }
    rescue StandardError
      [TEXT, TaskerHost.printable(value)]
    end
    private_class_method :field

    def initialize(flat)
      @flat = flat
      @open = []
    end

    def add(value, depth)
      if @flat.size > NODES_MAX
        raise Refusal.new("RESULT_TOO_LARGE", "the value has more than #{NODES_MAX} parts")
      end

      case value
      when ::String then @flat << TEXT << utf8(value)
      when ::Integer then integer(value)
      when ::Hash then map(value, depth)
      when ::Array then list(value, depth)
      when nil then @flat << NULL
      when true then @flat << TRUE
      when false then @flat << FALSE
      when ::Symbol then @flat << TEXT << utf8(value.name)
      when ::Float then float(value)
      else other(value, depth)
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

    def float(value)
      raise Refusal.new("RESULT_NOT_JSON", "#{value} is no JSON number") unless value.finite?

      @flat << FLOAT << value
    end

    def utf8(value)
      text = value.encoding == Encoding::UTF_8 || value.ascii_only? ? value : encoded(value)
      return text if text&.valid_encoding?

      raise Refusal.new("RESULT_NOT_JSON", "bytes cannot be stored; turn them into text first (base64)")
    end

    def encoded(value)
      value.encoding == Encoding::BINARY ? nil : value.encode(Encoding::UTF_8)
    rescue EncodingError
      nil
    end

    # Checks a list or map before its parts; the containers around it are few, so that looking at each is cheapest.
    def enter(value, depth)
      if depth >= DEPTH_MAX
        raise Refusal.new("RESULT_TOO_LARGE", "the value is nested deeper than #{DEPTH_MAX} levels")
      end

      above = 0
      while above < depth
        raise Refusal.new("RESULT_NOT_JSON", "the value contains itself") if @open[above].equal?(value)

        above += 1
      end
      @open[depth] = value
    end

    # @param owner what holds the items, where that is no array
    def list(items, depth, owner = items)
      enter(owner, depth)
      index = 0
      size = items.size
      @flat << LIST << size
      while index < size
        add(items[index], depth + 1)
        index += 1
      end
    rescue Refusal => e
      raise index.nil? ? e : e.within("[#{index}]")
    end

    def map(value, depth)
      enter(value, depth)
      name = nil
      count_at = @flat.size + 1
      @flat << MAP << 0
      count = 0
      value.each_pair do |key, item|
        name = nil
        text = key_text(key)
        name = text
        @flat << text
        add(item, depth + 1)
        count += 1
      end
      # Counted, not asked for: a class of its own may give a size that is another one.
      @flat[count_at] = count
    rescue Refusal => e
      raise name.nil? ? e : e.within(".#{name}")
    end

    def key_text(key)
      case key
      when ::String then utf8(key)
      when ::Symbol then utf8(key.name)
      else
        raise Refusal.new("RESULT_NOT_JSON", "the key #{key.inspect} is a #{key.class}; keys must be text")
      end
    end

    def other(value, depth)
      # A foreign object answers only what its own side knows.
      return @flat << HOST << value if Truffle::Interop.foreign?(value)

      case TaskerHost.class_name(value)
      when "Set" then list(value.to_a, depth, value)
      when "Time" then @flat << TEXT << time_text(value)
      when "Date" then @flat << TEXT << value.iso8601
      when "DateTime" then @flat << TEXT << value.iso8601(9)
      when "BigDecimal" then decimal(value)
      else raise Refusal.new("RESULT_NOT_JSON", "a value of class #{TaskerHost.class_name(value)} cannot be stored")
      end
    end

    def time_text(value)
      digits = value.nsec.zero? ? "" : ".%9N"
      value.utc? ? value.strftime("%Y-%m-%dT%H:%M:%S#{digits}Z") : value.strftime("%Y-%m-%dT%H:%M:%S#{digits}%:z")
    end

    def decimal(value)
      raise Refusal.new("RESULT_NOT_JSON", "#{value} is no JSON number") unless value.finite?

      @flat << TEXT << value.to_s("F")
    end
  end

  # Evaluated handler files.
  @loaded = {}
  # Classes by the name in their key: looking for one walks over all of them.
  @classes = {}
  # What the language brings along; folders beside these are the handlers' own.
  @library = $LOAD_PATH.dup.freeze
  @folders = 0

  class << self
    # The thread that runs a handler right now, or nil. A context has one at a time.
    attr_reader :thread

    # Evaluates the base library under its own name; `require "tasker"` finds it as loaded.
    def install(text, name)
      eval(text.to_s, TOPLEVEL_BINDING, name.to_s, 1)
      $LOADED_FEATURES << "tasker.rb"
    end

    def install_version(text, name)
      eval(text.to_s, TOPLEVEL_BINDING, name.to_s, 1)
      $LOADED_FEATURES << "tasker/version.rb"
    end

    # Puts folders in front of the load path, behind those of earlier calls, each once.
    def add_paths(list)
      guarded do
        Truffle::Interop.array_size(list).times do |index|
          folder = Truffle::Interop.read_array_element(list, index).to_s
          next if $LOAD_PATH.include?(folder)

          $LOAD_PATH.insert(@folders, folder)
          @folders += 1
        end
        answer("ok", nil)
      end
    end

    # Evaluates a handler file, once; another handler may have required it before.
    def load(path, text)
      path = path.to_s
      guarded do
        unless @loaded[path] || $LOADED_FEATURES.include?(path)
          eval(text.to_s, TOPLEVEL_BINDING, path, 1)
          $LOADED_FEATURES << path
          @loaded[path] = true
        end
        answer("ok", nil)
      rescue SyntaxError => e
        answer("syntax", syntax(e, path))
      end
    end

    # Finds the class that a handler key names.
    def resolve(path, name)
      guarded { answer("ok", resolved(path.to_s, name.to_s)) }
    end

    # All handlers that stand in a loaded file, from its top down.
    def list(path)
      path = path.to_s
      guarded { answer("ok", handlers_in(path).map { |cls| entry(cls) }.sort_by { |entry| entry["line"] }) }
    end

    # One attempt: a new handler, `process`, `process_results`.
    def run(_path, name, config, call, task, step, previous)
      host = Host.new(call)
      guarded(host) do
        handler = known_class(name.to_s).new(Copy.of(config))
        handler.tasker_bind(host)
        fields = Fields.new(step)
        step_view = Tasker::Step.new(fields)
        sequence = Tasker::Sequence.new(->(_) { fields["name"] }, ->(ancestor) { host.lookup(ancestor) })
        output = handler.process(Tasker::Task.new(Fields.new(task)), sequence, step_view)
        answer("ok", handler.process_results(step_view, output, Copy.of(previous)))
      end
    end

    # A value as text that can cross, whatever it is.
    def printable(value)
      text = value.to_s
      text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
      return text.scrub("?") if text.encoding == Encoding::UTF_8

      text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace, replace: "?")
    rescue StandardError
      class_name(value)
    end

    def class_name(value)
      (value.class.name || value.class.to_s).to_s
    rescue StandardError
      "BasicObject"
    end

    private

    # Answers what the block answers; whatever else it ends with is described.
    def guarded(host = nil)
      has_ended = false
      thread = @thread = Thread.current
      thread[:tasker_handler_host] = host
      given = yield
      has_ended = true
      given
    rescue Exception => e
      given = answer("error", describe(e))
      has_ended = true
      given
    ensure
      @thread = nil
      thread[:tasker_handler_host] = nil
      # What passes here without an exception would take the host's thread with it: `return` stops it.
      return answer("error", describe(SystemExit.new(0, LEFT))) unless has_ended
    end

    def handlers
      found = []
      waiting = Tasker::StepHandler.subclasses
      until waiting.empty?
        cls = waiting.shift
        found << cls
        waiting.concat(cls.subclasses)
      end
      # A class made of a block needs no constant; one whose file was evaluated again is out of date.
      of_blocks = Tasker.step_handlers
      found.select { |cls| cls.tasker_source_location ? of_blocks.include?(cls) : cls.name }
    end

    def handlers_in(path) = handlers.select { |cls| source_location(cls)&.first == path }

    def key_of(cls) = cls.handler_name || cls.name

    def known_class(name)
      @classes[name] ||= handlers.find { |cls| key_of(cls) == name } ||
                         raise(NameError, "no loaded file has the handler #{name}")
    end

    def resolved(path, name)
      matching = handlers.select { |cls| key_of(cls) == name }
      return { "status" => "duplicate", "names" => matching.map { |cls| place(cls) } } if matching.size > 1
      return unresolved(path, name) if matching.empty?

      cls = matching.first
      refused = refused_signature(cls)
      return { "status" => "wrong_arity", "names" => [place(cls)], "what" => refused } if refused

      @classes[name] = cls
      { "status" => "found", "declaration" => declaration(cls) }
    end

    def unresolved(path, name)
      other = constant(name)
      handler = other.is_a?(Class) && other < Tasker::StepHandler
      status = other.nil? || handler ? "missing" : "not_a_step_handler"
      { "status" => status, "names" => handlers_in(path).map { |cls| shown(cls) }, "what" => other.class.name }
    end

    def entry(cls)
      { "key" => key_of(cls), "class" => cls.name || cls.to_s, "declaration" => declaration(cls),
        "line" => source_location(cls).last }
    end

    # Checked here, where it can still be said whose it is.
    def declaration(cls)
      declared = cls.tasker_declaration
      Walk.flat(declared, "declaration")
      declared
    rescue Refusal => e
      problem = TypeError.new("#{shown(cls)} declares what cannot be read: #{e.path("declaration")}: #{e.reason}")
      problem.set_backtrace([source_location(cls)&.join(":")].compact)
      raise problem, cause: nil
    end

    # The signature of a `process` that cannot be called with task, sequence and step; else nil.
    def refused_signature(cls)
      parameters = cls.instance_method(:process).parameters
      kinds = parameters.map(&:first)
      required = kinds.count(:req)
      has_room = kinds.include?(:rest) || required + kinds.count(:opt) >= 3
      return nil if required <= 3 && has_room && !kinds.include?(:keyreq)

      "process(#{parameters.map { |kind, name| parameter(kind, name) }.join(", ")})"
    end

    def parameter(kind, name)
      case kind
      when :opt then "#{name || "_"} = ..."
      when :rest then "*#{name}"
      when :keyreq then "#{name}:"
      when :key then "#{name}: ..."
      when :keyrest then "**#{name}"
      when :block then "&#{name}"
      else (name || "_").to_s
      end
    end

    def constant(name)
      return nil unless name.match?(/\A[A-Z]\w*(::[A-Z]\w*)*\z/)

      name.split("::").reduce(Object) { |scope, part| scope.const_get(part, scope.equal?(Object)) }
    rescue NameError
      nil
    end

    def shown(cls) = cls.handler_name ? "#{cls.handler_name} (#{title(cls)})" : cls.name

    def place(cls) = "#{title(cls)} in #{source_location(cls)&.join(":")}"

    def title(cls) = cls.name ? "class #{cls.name}" : cls.to_s

    # File and line; nil below a module without a name.
    def source_location(cls)
      cls.tasker_source_location || Object.const_source_location(cls.name)
    rescue NameError
      nil
    end

    def answer(kind, value)
      flat = [kind]
      Walk.new(flat).add(value, 0)
      flat
    rescue Refusal => e
      answer("refused", { "code" => e.code, "path" => e.path("results"), "reason" => e.reason })
    rescue Exception => e
      # What fails to describe a failure would do so again: the built-in methods are not what they were.
      raise if kind == "error" || kind == "refused"

      answer("error", describe(e))
    end

    def syntax(error, path)
      match = /\A(.+?):(\d+): (.*)\z/m.match(error.message)
      { "file" => match ? match[1] : path, "line" => match && match[2].to_i, "column" => nil,
        "message" => match ? match[3] : error.message }
    end

    # What an error tells is its author's code, too: each part that raises is left out.
    def describe(error, causes_left = CAUSES_MAX)
      kind = case error
             when Tasker::PermanentError then "permanent"
             when Tasker::RetryableError then "retryable"
             else "other"
             end
      cause = causes_left.positive? ? part { error.cause } : nil
      { "kind" => kind, "class" => printable(class_name(error)), "message" => message(error),
        "error_code" => kind == "permanent" ? part { error.error_code&.then { |code| printable(code) } } : nil,
        "retry_after" => kind == "retryable" ? part { Tasker::Error.checked_seconds(error.retry_after, "") } : nil,
        "context" => kind == "other" ? {} : storable(error),
        "cause" => cause && describe(cause, causes_left - 1), "backtrace" => part { lines(error) } || [] }
    end

    def part
      yield
    rescue Exception
      nil
    end

    def message(error)
      text = printable(error.message)
      # Behind it stand frames of the host, when the stack ended in one.
      text = text.lines.first.to_s.chomp if SystemStackError === error
      "#{text}#{looked_in(error)}"
    rescue Exception
      printable(class_name(error))
    end

    # Where a file that is missing was looked for: an absolute one nowhere else.
    def looked_in(error)
      return "" unless LoadError === error && error.path && !error.path.start_with?("/", ".")

      own, library = $LOAD_PATH.map { |folder| printable(folder) }.partition { |folder| !@library.include?(folder) }
      "; looked in #{(own + library).first(FOLDERS_MAX).join(", ")}"
    end

    def storable(error)
      context = error.context
      Walk.flat(context, "context")
      context
    rescue Refusal => e
      { "context_refused" => "#{e.path("context")}: #{e.reason}" }
    rescue Exception => e
      { "context_refused" => message(e) }
    end

    # The frames of the handler's own code, innermost first.
    def lines(error)
      own = []
      (error.backtrace || []).each do |line|
        next if line.start_with?("<tasker", "<internal:", "(eval")

        own << printable(line.sub(/:in [`'](.*)'\z/, ':in \1'))
        break if own.size == LINES_MAX
      end
      own
    end
  end

  # Leaving the process is not a handler's business: this raises what `exit` raises.
  module Leaving
    def exit!(status = false) = raise(SystemExit.new(status == true ? 0 : status || 1, "exit!"))

    def exec(*) = raise(NotImplementedError, "exec would replace the process that runs this handler")
  end
  [::Kernel, ::Process].each { |owner| owner.singleton_class.prepend(Leaving) }

  # Neither is ending the host's thread.
  module LeavingThread
    def kill = equal?(TaskerHost.thread) ? raise(SystemExit.new(0, LEFT)) : super
    alias exit kill
    alias terminate kill
  end
  ::Thread.prepend(LeavingThread)

  # The same, where the class is asked.
  module LeavingCurrentThread
    def exit = current.kill

    def kill(thread) = thread.kill
  end
  ::Thread.singleton_class.prepend(LeavingCurrentThread)
end

module Kernel
  [:exit!, :exec].each do |name|
    define_method(name, TaskerHost::Leaving.instance_method(name))
    private name
  end
end
TaskerHost
