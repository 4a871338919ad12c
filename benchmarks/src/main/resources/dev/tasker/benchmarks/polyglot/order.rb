# frozen_string_literal: true

# Prices an order: its totals, and a line for each item.
def priced(order)
  quantity = net = tax = 0
  lines = order["items"].map do |item|
    cents = item["quantity"] * item["unit_cents"]
    tax_cents = (cents * item["tax_percent"] + 50) / 100
    quantity += item["quantity"]
    net += cents
    tax += tax_cents
    { "sku" => item["sku"], "quantity" => item["quantity"], "net_cents" => cents, "tax_cents" => tax_cents }
  end
  { "order_id" => order["order_id"], "currency" => order["currency"], "quantity" => quantity,
    "net_cents" => net, "tax_cents" => tax, "total_cents" => net + tax, "lines" => lines }
end
