# frozen_string_literal: true

require "tasker"

module Mixed
  # Writes the message to the customer.
  class SendConfirmation < Tasker::StepHandler
    def process(task, sequence, _step)
      order = sequence.results_of("create_order")
      customer = task.context["customer"]
      {
        "channel" => "email",
        "to" => customer["email"],
        "subject" => "Your order #{order["order_number"]}",
        "body" => body(task.context, sequence.results_of("validate_cart"), order)
      }
    end

    private

    def body(context, cart, order)
      text = ["Hello #{context["customer"]["name"]},", "", "thank you for your order #{order["order_number"]}.", ""]
      text.concat(amounts(cart, order))
      text << "" << "It comes in #{parcel_count(order["parcels"].size)} within #{order["delivered_in_days"]} days to:"
      text << address_line(context["shipping_address"])
      note = context["gift_note"]
      text << "" << "Your note: #{note}" unless note.nil?
      "#{text.join("\n")}\n"
    end

    def amounts(cart, order)
      lines = cart["lines"].map { |line| amount_line("#{line["quantity"]} x #{line["name"]}", line["gross_cents"]) }
      discount = cart["discount"]
      lines << amount_line("Discount #{discount["code"]}", -discount["cents"]) if discount["cents"].positive?
      lines << amount_line("Shipping", order["shipping_cents"])
      lines << amount_line("Tax", order["tax_cents"])
      lines << amount_line("Total #{order["currency"]}", order["total_cents"])
    end

    def amount_line(label, cents)
      whole, rest = cents.abs.divmod(100)
      amount = format("%s%d.%02d", cents.negative? ? "-" : "", whole, rest)
      "  #{label.ljust(34)}#{amount.rjust(10)}"
    end

    def parcel_count(count) = count == 1 ? "1 parcel" : "#{count} parcels"

    def address_line(address)
      "#{address["name"]}, #{address["street"]}, #{address["postal_code"]} #{address["city"]}, #{address["country"]}"
    end
  end
end
