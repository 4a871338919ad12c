require "tasker"

class Echo < Tasker::StepHandler; end
