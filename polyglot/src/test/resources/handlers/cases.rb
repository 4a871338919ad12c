# frozen_string_literal: true

require "tasker"
require_relative "shared_numbers"

class Echo < Tasker::StepHandler
  def process(task, _sequence, _step)
    { "context" => task.context, "first" => task.context["list"][0], copy: task.context["map"].to_h }
  end
end

class Views < Tasker::StepHandler
  def process(task, _sequence, step)
    { task: [task.task_id, task.namespace, task.name, task.version, task.initiator, task.source_system,
             task.reason, task.tags, task.correlation_id, task.requested_at],
      step: [step.workflow_step_id, step.name, step.attempts, step.retry_limit, step.inputs],
      config: config["limit"] }
  end
end

class Idioms < Tasker::StepHandler
  def process(task, sequence, _step)
    context = task.context
    found = sequence.find_step_by_name("first")
    { has: context.key?("list"),
      lacks: context.key?("absent"),
      missing: context["absent"] || "default",
      null: context["null"].nil?,
      sum: context["list"].sum,
      keys: context["map"].keys.sort,
      pairs: context["map"].map { |key, value| "#{key}#{value}" },
      length: context["list"].size,
      spread: { **context["map"], "more" => 1 },
      text: context.fetch("text").upcase,
      ancestor: [found.name, found.state, sequence.results_of(:first).dig("total")],
      shared: SharedNumbers.answer }
  end
end

class Numbers < Tasker::StepHandler
  def process(task, _sequence, _step)
    huge = task.context["huge"]
    [1, 2.0, 2**70, -(2**63), 2**63 - 1, 0.1, huge, huge + 1]
  end
end

class Mapped < Tasker::StepHandler
  def process(_task, _sequence, _step)
    require "set"
    [Time.utc(2026, 1, 2, 3, 4, 5), :symbol, Set[7], "caf\xE9".dup.force_encoding("ISO-8859-1")]
  end
end

class Retryable < Tasker::StepHandler
  def process(_task, _sequence, _step)
    raise Tasker::RetryableError.new("gateway busy", retry_after: 1.5, context: { gateway: "eu-1", "none" => nil })
  end
end

class Permanent < Tasker::StepHandler
  def process(_task, _sequence, _step)
    {}.fetch("key")
  rescue KeyError
    raise Tasker::PermanentError.new("cart is empty", error_code: "EMPTY_CART", context: { cart: 7 })
  end
end

class Other < Tasker::StepHandler
  def process(_task, _sequence, _step) = deeper

  def deeper
    raise ArgumentError, "bad value"
  end
end

class Kept < Tasker::StepHandler
  def process(_task, _sequence, _step) = { new: 1 }

  def process_results(step, output, initial_results)
    { output: output, before: initial_results, step: step.name }
  end
end

class Reads < Tasker::StepHandler
  def process(_task, _sequence, _step) = read_text("greeting.txt")
end

class ReadsOutside < Tasker::StepHandler
  def process(_task, _sequence, _step) = read_text("../cases.rb")
end

class RescuesRead < Tasker::StepHandler
  def process(_task, _sequence, _step)
    read_text("absent.txt")
  rescue Tasker::PermanentError => e
    e.error_code
  end
end

class NoAncestor < Tasker::StepHandler
  def process(_task, sequence, _step) = sequence.results_of("elsewhere")
end

class Named < Tasker::StepHandler
  handler_name "orders.named"

  def process(_task, _sequence, _step) = "named"
end

module Orders
  class Nested < Tasker::StepHandler
    def process(_task, _sequence, _step) = "nested"
  end
end

class RefusedNaN < Tasker::StepHandler
  def process(_task, _sequence, _step) = { items: [1, { price: Float::NAN }] }
end

class RefusedFunction < Tasker::StepHandler
  def process(_task, _sequence, _step) = { call: -> { 1 } }
end

class RefusedCycle < Tasker::StepHandler
  def process(_task, _sequence, _step)
    value = { child: {} }
    value[:child][:parent] = value
    value
  end
end

class RefusedObject < Tasker::StepHandler
  def process(_task, _sequence, _step) = { handler: self }
end

class RefusedKey < Tasker::StepHandler
  def process(_task, _sequence, _step) = { byId: { 7 => "x" } }
end

class RefusedBytes < Tasker::StepHandler
  def process(_task, _sequence, _step) = { data: "\xFF\x00".b }
end

class RefusedDepth < Tasker::StepHandler
  def process(_task, _sequence, _step) = 150.times.reduce([]) { |value, _| [value] }
end

class RefusedNul < Tasker::StepHandler
  def process(_task, _sequence, _step) = { text: "a\0b" }
end

class Recursion < Tasker::StepHandler
  def process(task, sequence, step) = process(task, sequence, step) + 1
end

class Exits < Tasker::StepHandler
  def process(_task, _sequence, _step) = exit(3)
end

class ExitsHard < Tasker::StepHandler
  def process(_task, _sequence, _step) = exit!(3)
end

class ThrowsTag < Tasker::StepHandler
  def process(_task, _sequence, _step) = throw(:done)
end

class KillsThread < Tasker::StepHandler
  def process(_task, _sequence, _step) = Thread.current.kill
end

class RaisesException < Tasker::StepHandler
  def process(_task, _sequence, _step) = raise(Exception, "bare")
end

class Endless < Tasker::StepHandler
  def process(_task, sequence, _step)
    sequence.results_of("first")
    loop {}
  end
end

class Sleeps < Tasker::StepHandler
  def process(_task, sequence, _step)
    sequence.results_of("first")
    sleep 600
  end
end

class Stubborn < Tasker::StepHandler
  def process(_task, sequence, _step)
    sequence.results_of("first")
    loop do
      loop {}
    rescue Exception
      nil
    end
  end
end

class Meets < Tasker::StepHandler
  def process(_task, sequence, _step) = sequence.results_of("first")
end

class NotAHandler; end
