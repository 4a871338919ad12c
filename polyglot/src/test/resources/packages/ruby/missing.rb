# frozen_string_literal: true

require "tasker"
require "absent_gem"

class Missing < Tasker::StepHandler
end
