# frozen_string_literal: true

require "tasker"

# Shows that Ruby runs: gives back a part of what it was given.
class Trial < Tasker::StepHandler
  def process(task, sequence, step)
    { "greeting" => "Hello #{task.context["name"]}", "step" => step.name, "lines" => sequence.results_of("start")["lines"] }
  end
end
