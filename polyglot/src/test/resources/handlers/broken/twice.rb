require "tasker"

class SameOne < Tasker::StepHandler
  handler_name "same"
end

class SameTwo < Tasker::StepHandler
  handler_name "same"
end
