require "tasker"

class Broken < Tasker::StepHandler
  def process(task,
  end
end
