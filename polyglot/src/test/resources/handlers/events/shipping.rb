# frozen_string_literal: true

require "tasker"

module Orders
  class Ship < Tasker::StepHandler
    def process(task, _sequence, _step)
      publish "order.shipped", by: "ruby", carrier: "post", items: [1, 2.5, nil, { "deep" => true }], order: task.context
      publish "order.closed"
      "done"
    end
  end

  class Nan < Tasker::StepHandler
    def process(_task, _sequence, _step) = publish("order.shipped", { items: [1, Float::NAN] })
  end

  class NoMap < Tasker::StepHandler
    def process(_task, _sequence, _step) = publish("order.shipped", [1])
  end

  class Nul < Tasker::StepHandler
    def process(_task, _sequence, _step) = publish("order.shipped", { text: "a\u0000b" })
  end

  class Reserved < Tasker::StepHandler
    def process(_task, _sequence, _step)
      publish("task.shipped")
    rescue Tasker::PermanentError => e
      e.error_code
    end
  end

  class Audit < Tasker::Subscriber
    def handle(event)
      seen = [event["event_type"], event["carrier"], event["items"].size, event["task_id"].to_i.positive?]
      raise "not #{seen}" unless seen == ["order.shipped", config["carrier"], 4, true]

      Object.new
    end
  end

  class Picky < Tasker::Subscriber
    def handle(event)
      raise "does not want #{event["by"]}" if event["by"] == "ruby"
    end
  end

  class Everything < Tasker::Subscriber
    def handle(event)
      raise "odd: #{event}" unless event["event_type"].include?(".") && event["timestamp"].end_with?("Z")
    end
  end

  class Talks < Tasker::Subscriber
    def handle(_event) = publish("order.heard")
  end
end
