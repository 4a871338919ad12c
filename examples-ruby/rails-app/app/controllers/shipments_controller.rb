# frozen_string_literal: true

class ShipmentsController < TasksController
  self.template = "rails_app.order_shipment"
end
