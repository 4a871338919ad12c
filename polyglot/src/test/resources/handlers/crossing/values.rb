# frozen_string_literal: true

require "tasker"

module Crossing
  class Echo < Tasker::StepHandler
    def process(task, _sequence, _step) = task.context["value"]
  end

  # Takes the data apart and builds it anew of the language's own values.
  class Rebuild < Tasker::StepHandler
    def process(task, _sequence, _step) = rebuilt(task.context["value"])

    def rebuilt(value)
      case value
      when Hash then value.to_h { |key, item| [key.dup, rebuilt(item)] }
      when Array then value.map { |item| rebuilt(item) }
      when String then value.dup
      else value
      end
    end
  end

  # Every way in and every way out.
  class Ways < Tasker::StepHandler
    def process(task, sequence, step)
      value = task.context["value"]
      publish "value.crossed", value: value
      heartbeat value
      [value, step.inputs["value"], config["value"], sequence.results_of("first"), checkpoint]
    end

    def process_results(_step, output, initial_results) = [*output, initial_results]
  end
end
