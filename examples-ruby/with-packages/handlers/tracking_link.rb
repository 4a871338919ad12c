# frozen_string_literal: true

require "tasker"
require "addressable/template"

# Where a customer can follow a parcel.
class TrackingLink < Tasker::StepHandler
  TEMPLATE = Addressable::Template.new("https://track.example.com/{country}/parcels/{number}{?lang,email}")

  def process(task, _sequence, _step)
    link = TEMPLATE.expand(task.context.slice("country", "number", "lang", "email"))
    { url: link.to_s, host: link.host, query: link.query_values }
  end
end
