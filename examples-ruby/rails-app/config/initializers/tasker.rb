# frozen_string_literal: true

require "tasker/sidekiq"
require Rails.root.join("../handlers/order_fulfillment")

templates = [Rails.root.join("../templates/order_fulfillment.yaml"), *Rails.root.glob("config/tasker/*.yaml")]
handlers = lambda do
  [Ecommerce::ValidateCart, Ecommerce::ReserveInventory, Ecommerce::ChargePayment, Ecommerce::CreateOrder,
   Ecommerce::SendConfirmation, Ecommerce::UpdateAnalytics, Shipments::BookCarrier, Shipments::AnnounceShipment]
end

# Runs once in each process that uses the engine, after it was forked.
Tasker::Sidekiq.configure do
  engine = Tasker::Engine.open(migrate: true,
                               slots: Integer(ENV.fetch("RAILS_MAX_THREADS", 10)), # the threads of Sidekiq
                               enqueuer: Tasker::Sidekiq.enqueuer(queue: "tasker"),
                               logger: Rails.logger)
  engine.register_handlers(handlers.call)
  templates.each { |template| engine.register_template(template) }
  engine
end

# Code that was reloaded in development.
Rails.application.config.to_prepare do
  Tasker::Sidekiq.engine.register_handlers(handlers.call) if Tasker::Sidekiq.open?
end
