# frozen_string_literal: true

require "tasker"

# Does what the script of a conformance case says; ../README.md has the form of scripts.
class Conformance < Tasker::StepHandler
  def process(task, sequence, step)
    Script.new(self, task: task, sequence: sequence, step: step).value_of(config["process"])
  end

  def process_results(step, output, initial_results)
    return super unless config.key?("process_results")

    script = Script.new(self, step: step, output: output, initial_results: initial_results)
    script.value_of(config["process_results"])
  end

  # One evaluation of a script: each method is one operation.
  class Script
    def initialize(handler, **given)
      @handler = handler
      @given = given
    end

    def value_of(script)
      case script
      when Hash then script.to_h { |key, each| [key, value_of(each)] }
      when Array then send(:"do_#{script.first}", *script.drop(1))
      else script
      end
    end

    private

    def do_value(value) = value

    def do_do(*scripts) = do_list(*scripts).last

    def do_list(*scripts) = scripts.map { |script| value_of(script) }

    def do_attempt(*scripts) = value_of(scripts[[@given[:step].attempts, scripts.size].min - 1])

    # What the handler is given.

    def do_context(*path) = below(@given[:task].context, path)

    def do_config(*path) = below(@handler.config, path)

    def do_inputs(*path) = below(@given[:step].inputs, path)

    def do_task(field) = @given[:task].public_send(field)

    def do_step(field) = @given[:step].public_send(field)

    def do_results_of(name, *path) = below(@given[:sequence].results_of(name), path)

    def do_find(name)
      found = @given[:sequence].find_step_by_name(name)
      [found.name, found.state, found.results]
    end

    def do_output = @given[:output]

    def do_initial_results = @given[:initial_results]

    # Reading data the way of the language.

    def do_copy(script)
      value = value_of(script)
      value.is_a?(Hash) ? { **value } : [*value]
    end

    def do_length(script) = value_of(script).size

    def do_has(script, key) = value_of(script).key?(key)

    def do_keys(script) = value_of(script).keys

    def do_reversed(script) = value_of(script).reverse

    def do_sum(*scripts) = do_list(*scripts).sum

    def do_joined(*scripts) = do_list(*scripts).join

    def do_kind(script) = kind_of(value_of(script))

    def do_through_json(script)
      require "json"
      JSON.parse(JSON.generate(value_of(script)))
    end

    def do_set(script, key, value) = value_of(script)[key] = value

    # Errors.

    def do_raise(message) = raise(message)

    def do_raise_oddly = throw(:odd)

    def do_retryable(message, options = {}) = raise(Tasker::RetryableError.new(message, **symbols(options)))

    def do_permanent(message, options = {}) = raise(Tasker::PermanentError.new(message, **symbols(options)))

    def do_permanent_after(message, cause)
      do_raise(cause)
    rescue RuntimeError
      raise Tasker::PermanentError, message
    end

    def do_rescue(script)
      value_of(script)
    rescue Tasker::PermanentError => e
      ["permanent", e.error_code, e.context]
    rescue Tasker::RetryableError => e
      ["retryable", e.retry_after, e.context]
    rescue Tasker::StepCancelled
      ["cancelled"]
    rescue StandardError
      ["other"]
    end

    # What a handler may do beside.

    def do_publish(name, *payload) = @handler.publish(name, *do_list(*payload))

    def do_log(level, message, fields = {}) = @handler.logger.public_send(level, message, value_of(fields))

    def do_heartbeat(*checkpoint) = @handler.heartbeat(*do_list(*checkpoint))

    def do_checkpoint = @handler.checkpoint

    def do_is_cancelled = @handler.cancelled?

    def do_until_cancelled
      deadline = Time.now + 20
      until @handler.cancelled?
        raise "nobody has cancelled the attempt" if Time.now > deadline
      end
    end

    def do_read_text(path) = @handler.read_text(path)

    # Values that JSON does not know.

    def do_make(what, size = 0) = Made.public_send(what, size)

    def symbols(options) = value_of(options).transform_keys(&:to_sym)

    def below(value, path) = path.reduce(value) { |found, key| found[key] }

    def kind_of(value)
      case value
      when nil then "null"
      when true, false then "boolean"
      when Integer then "integer"
      when Float then "float"
      when String then "text"
      when Hash then "map"
      when Array then "list"
      else value.class.name
      end
    end
  end

  # Makes what scripts cannot write.
  module Made
    class << self
      def nan(_) = Float::NAN

      def infinity(_) = -Float::INFINITY

      def nul_text(_) = "a\0b"

      # As text it cannot be written, only as bytes.
      def half_character(_) = "a\xED\xA0\xBC"

      def bytes(_) = "\xFF\x00".b

      def function(_) = -> { 1 }

      def object(_) = Object.new

      def number_key(_) = { 7 => "x" }

      def cycle(_)
        value = { "child" => {} }
        value["child"]["parent"] = value
        value
      end

      def nested(size) = size.times.reduce(1) { |value, _| [value] }

      def wide(size) = (0...size).to_a

      def long_text(size) = "x" * size

      def power_of_two(size) = 2**size

      def half(_) = 0.5

      def moment(_) = Time.utc(2026, 1, 2, 3, 4, 5)

      def set(_)
        require "set"
        Set[7]
      end

      def symbol(_) = :symbol
    end
  end
end

# The same, with all that can be declared.
class Declares < Conformance
  handler_name "conformance.declares"
  description "Declares all that can be declared."
  retryable false
  retry_limit 4
  backoff strategy: "fixed", base_seconds: 2
  timeout_seconds 30
  concurrency 2
  inputs_schema type: "object", required: ["total"]
  result_schema type: "integer"
  custom_events "order.shipped"
end

# Defines no process.
class Silent < Tasker::StepHandler
end
