# frozen_string_literal: true

class OrdersController < TasksController
  self.template = "ecommerce.order_fulfillment"

  private

  def document(task) = { **super, "order_reference" => task["context"]["order_reference"] }
end
