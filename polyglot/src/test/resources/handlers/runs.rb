require "tasker"

# Runs the code that the task brings.
class Runs < Tasker::StepHandler
  def process(task, sequence, step)
    handler = self
    eval(task.context["code"].to_s, binding)
  end
end

class Fine < Tasker::StepHandler
  def process(_task, _sequence, _step) = "fine"
end

class Doubled < Tasker::StepHandler
  def process(task, _sequence, _step) = 2 * task.context["number"]
end
