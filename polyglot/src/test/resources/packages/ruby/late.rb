# frozen_string_literal: true

require "tasker"

class Late < Tasker::StepHandler
  def process(_task, _sequence, _step) = require("absent_gem")
end
