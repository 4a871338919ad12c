# frozen_string_literal: true

require "tasker"
require_relative "order"

class Order < Tasker::StepHandler
  def process(task, _sequence, _step) = priced(task.context)
end

class Echo < Tasker::StepHandler
  def process(task, _sequence, _step) = task.context
end

# Waits in the host until every context has come here.
class Meet < Tasker::StepHandler
  def process(_task, sequence, _step) = sequence.results_of("all")
end
