require "tasker"

class OrderHooks < Tasker::TaskHandler
  def schema = { "type" => "object", "required" => ["order_id"] }

  def establish_step_dependencies_and_defaults(task, steps)
    steps.each do |step|
      next unless step["name"].to_s == "charge"

      step["retry_limit"] = 5 if task.context["vip"]
      step["inputs"]["currency"] = "EUR"
      step["depends_on"] << "reserve"
    end
  end

  def update_annotations(task, sequence, steps)
    [{ "type" => "total",
       "annotation" => { "cents" => sequence.results_of("charge")["cents"], "state" => task.context["state"],
                         "steps" => steps.map { |step| step["state"] } } }]
  end
end

class FailingHooks < Tasker::TaskHandler
  def establish_step_dependencies_and_defaults(_task, _steps)
    raise Tasker::PermanentError.new("no such customer", error_code: "NO_CUSTOMER")
  end
end

class PlainHooks < Tasker::TaskHandler
end
