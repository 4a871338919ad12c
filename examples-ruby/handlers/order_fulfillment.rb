# frozen_string_literal: true

require "tasker"

# Order fulfilment: from a cart to a confirmed order.
#
# All amounts are integers in cents and all rates are integers in basis points (1/100 of a percent).
module Ecommerce
  # Arithmetic and tables that several steps share.
  module Calculation
    private

    # Rows of a comma-separated file as hashes; the files have no quoted fields.
    def read_table(name)
      header, *rows = read_text(name).split("\n").map { |line| line.split(",", -1) }
      rows.map { |row| header.zip(row).to_h }
    end

    # A share of an amount, rounded half up.
    def rate_of(amount, basis_points) = (amount * basis_points + 5000) / 10_000

    # Parts of an amount that add up to it; what rounding leaves goes to the largest remainders.
    def split_in_proportion(amount, weights)
      total = weights.sum
      parts = weights.map { |weight| amount * weight / total }
      by_remainder = weights.each_index.sort_by { |index| [-(amount * weights[index] % total), index] }
      by_remainder.first(amount - parts.sum).each { |index| parts[index] += 1 }
      parts
    end

    # A number that follows from the input alone, so that a repeated attempt gives the same one.
    def reference(prefix, *parts)
      number = parts.join("|").each_char.reduce(7) { |sum, char| (sum * 31 + char.ord) % 9_999_999_967 }
      format("%s-%010d", prefix, number)
    end

    def reject(message, error_code, context = nil)
      raise Tasker::PermanentError.new(message, error_code: error_code, context: context)
    end
  end

  # Checks the cart against the catalogue, and prices it.
  class ValidateCart < Tasker::StepHandler
    include Calculation

    def process(task, _sequence, _step)
      order = task.context
      check_currency(order["payment"]["currency"])
      lines = priced_lines(order["items"])
      subtotal = lines.sum { |line| line["gross_cents"] }
      discount = discount_for(order["discount_code"], lines, subtotal)

      tax_rate = order["tax_rate_basis_points"]
      lines.zip(discount["shares"]) do |line, share|
        line["discount_cents"] = share
        line["net_cents"] = line["gross_cents"] - share
        line["tax_cents"] = rate_of(line["net_cents"], tax_rate)
      end
      goods = subtotal - discount["cents"]
      weight = lines.sum { |line| line["weight_grams"] }
      shipping = shipping_for(order["shipping_address"]["country"], weight, goods)
      tax = lines.sum { |line| line["tax_cents"] } + rate_of(shipping["cents"], tax_rate)
      {
        "currency" => config["currency"],
        "lines" => lines,
        "item_count" => lines.sum { |line| line["quantity"] },
        "weight_grams" => weight,
        "subtotal_cents" => subtotal,
        "discount" => { "code" => discount["code"], "cents" => discount["cents"] },
        "shipping" => shipping,
        "tax_cents" => tax,
        "total_cents" => goods + shipping["cents"] + tax
      }
    end

    private

    def check_currency(currency)
      return if currency == config["currency"]

      reject("prices are in #{config["currency"]}, not #{currency}", "CURRENCY_NOT_SUPPORTED")
    end

    def priced_lines(items)
      catalog = read_table("catalog.csv").to_h { |row| [row["sku"], row] }
      seen = {}
      number = 0
      items.map do |item|
        number += 1
        sku = item["sku"]
        product = catalog[sku] || reject("line #{number}: there is no #{sku}", "UNKNOWN_SKU")
        reject("line #{number}: #{sku} is listed twice", "DUPLICATE_SKU") if seen[sku]
        seen[sku] = true
        priced_line(number, item, product)
      end
    end

    def priced_line(number, item, product)
      sku = product["sku"]
      quantity = item["quantity"]
      price = product["price_cents"].to_i
      if item["unit_price_cents"] != price
        reject("line #{number}: #{sku} costs #{price}, not #{item["unit_price_cents"]}", "PRICE_CHANGED",
               { "sku" => sku, "price_cents" => price })
      end
      if quantity > product["max_per_order"].to_i
        reject("line #{number}: at most #{product["max_per_order"]} of #{sku} per order", "QUANTITY_TOO_LARGE")
      end
      unit_weight = product["weight_grams"].to_i
      {
        "line" => number,
        "sku" => sku,
        "name" => product["name"],
        "category" => product["category"],
        "quantity" => quantity,
        "unit_price_cents" => price,
        "unit_weight_grams" => unit_weight,
        "weight_grams" => unit_weight * quantity,
        "gross_cents" => price * quantity
      }
    end

    def discount_for(code, lines, subtotal)
      return { "code" => nil, "cents" => 0, "shares" => lines.map { 0 } } if code.nil?

      offer = read_table("discounts.csv").find { |row| row["code"] == code } ||
              reject("there is no discount #{code}", "UNKNOWN_DISCOUNT")
      eligible = lines.map { |line| ["", line["category"]].include?(offer["category"]) ? line["gross_cents"] : 0 }
      base = eligible.sum
      if subtotal < offer["min_subtotal_cents"].to_i || base.zero?
        reject("discount #{code} does not apply to this cart", "DISCOUNT_NOT_APPLICABLE")
      end
      value = offer["value"].to_i
      wanted = offer["kind"] == "percent" ? rate_of(base, value) : value
      cents = [wanted, offer["max_discount_cents"].to_i, base].min
      { "code" => code, "cents" => cents, "shares" => split_in_proportion(cents, eligible) }
    end

    def shipping_for(country, weight, goods)
      zone = country == config["home_country"] ? "domestic" : "europe"
      rate = read_table("shipping_rates.csv").find { |row| row["zone"] == zone && weight <= row["up_to_grams"].to_i } ||
             reject("#{weight} g are too heavy to ship", "TOO_HEAVY")
      free = zone == "domestic" && goods >= config["free_shipping_from_cents"]
      {
        "zone" => zone,
        "cents" => free ? 0 : rate["price_cents"].to_i,
        "transit_days" => rate["transit_days"].to_i
      }
    end
  end

  # Finds a warehouse for each line, several if no single one has enough.
  class ReserveInventory < Tasker::StepHandler
    include Calculation

    def process(task, sequence, _step)
      cart = sequence.results_of("validate_cart")
      country = task.context["shipping_address"]["country"]
      warehouses = read_table("warehouses.csv").sort_by do |row|
        [row["country"] == country ? 0 : 1, row["priority"].to_i, row["code"]]
      end
      stock = read_table("stock.csv").to_h { |row| [[row["sku"], row["warehouse"]], row] }

      parcels = warehouses.to_h { |row| [row["code"], { "units" => 0, "weight_grams" => 0 }] }
      reservations = []
      cart["lines"].each do |line|
        allocate(line, warehouses, stock).each do |code, quantity|
          reservations << reservation(task.context["order_reference"], line, stock[[line["sku"], code]], quantity)
          parcels[code]["units"] += quantity
          parcels[code]["weight_grams"] += quantity * line["unit_weight_grams"]
        end
      end
      {
        "reservations" => reservations,
        "parcels" => used_parcels(warehouses, parcels),
        "units" => reservations.sum { |entry| entry["quantity"] },
        "reorder_skus" => reservations.select { |entry| entry["reorder"] }.map { |entry| entry["sku"] }.uniq.sort
      }
    end

    private

    def available(stock_row) = stock_row["on_hand"].to_i - stock_row["reserved"].to_i

    # Pairs of warehouse and quantity, from the nearest warehouse on.
    def allocate(line, warehouses, stock)
      sku = line["sku"]
      wanted = line["quantity"]
      offers = warehouses.filter_map do |row|
        held = stock[[sku, row["code"]]]
        [row["code"], available(held)] if held
      end
      whole = offers.find { |_, quantity| quantity >= wanted }
      return [[whole.first, wanted]] if whole

      missing = wanted
      allocation = offers.filter_map do |code, quantity|
        taken = [quantity, missing].min
        missing -= taken
        [code, taken] if taken.positive?
      end
      if missing.positive?
        reject("#{sku} is out of stock: #{wanted} wanted, #{wanted - missing} available", "OUT_OF_STOCK",
               { "sku" => sku, "wanted" => wanted, "available" => wanted - missing })
      end
      allocation
    end

    def reservation(order_reference, line, stock_row, quantity)
      left = available(stock_row) - quantity
      {
        "reservation_id" => reference("RES", order_reference, line["sku"], stock_row["warehouse"]),
        "line" => line["line"],
        "sku" => line["sku"],
        "warehouse" => stock_row["warehouse"],
        "quantity" => quantity,
        "left" => left,
        "reorder" => left <= stock_row["reorder_point"].to_i
      }
    end

    def used_parcels(warehouses, parcels)
      warehouses.filter_map do |row|
        parcel = parcels[row["code"]]
        next if parcel["units"].zero?

        { "warehouse" => row["code"], **parcel, "handling_days" => row["handling_days"].to_i }
      end
    end
  end

  # Takes the money. The gateway is simulated: it times out as often as the order asks for.
  class ChargePayment < Tasker::StepHandler
    include Calculation

    def process(task, sequence, step)
      cart = sequence.results_of("validate_cart")
      payment = task.context["payment"]
      amount = cart["total_cents"]
      fee = read_table("payment_fees.csv").find { |row| row["method"] == payment["method"] } ||
            reject("cannot pay by #{payment["method"]}", "PAYMENT_METHOD_NOT_SUPPORTED")
      check(payment, amount, fee)
      if step.attempts <= (payment["fail_attempts"] || 0)
        raise Tasker::RetryableError.new("the payment gateway timed out", context: { "attempt" => step.attempts })
      end

      fee_cents = fee["fixed_cents"].to_i + rate_of(amount, fee["basis_points"].to_i)
      {
        "payment_id" => reference("PAY", task.context["order_reference"], payment["token"], amount.to_s),
        "status" => "captured",
        "method" => fee["method"],
        "currency" => cart["currency"],
        "amount_cents" => amount,
        "fee_cents" => fee_cents,
        "payout_cents" => amount - fee_cents
      }
    end

    private

    def check(payment, amount, fee)
      approved = payment["amount_cents"]
      unless approved.nil? || approved == amount
        reject("the customer approved #{approved} cents, the order costs #{amount}", "AMOUNT_MISMATCH",
               { "approved_cents" => approved, "total_cents" => amount })
      end
      reject("#{amount} cents are above the limit", "PAYMENT_LIMIT_EXCEEDED") if amount > fee["limit_cents"].to_i
      reject("the payment was declined", "PAYMENT_DECLINED") if payment["token"].end_with?("_declined")
    end
  end

  # Brings cart, stock and payment together into the order.
  class CreateOrder < Tasker::StepHandler
    include Calculation

    def process(task, sequence, _step)
      cart = sequence.results_of("validate_cart")
      inventory = sequence.results_of("reserve_inventory")
      payment = sequence.results_of("charge_payment")
      order_reference = task.context["order_reference"]
      parcels = parcels(inventory["parcels"], cart["shipping"]["transit_days"])
      {
        "order_number" => reference("ORD", order_reference, payment["payment_id"]),
        "order_reference" => order_reference,
        "status" => "confirmed",
        "customer_id" => task.context["customer"]["id"],
        "payment_id" => payment["payment_id"],
        "currency" => cart["currency"],
        "lines" => cart["lines"].map { |line| order_line(line, inventory["reservations"]) },
        "parcels" => parcels,
        "delivered_in_days" => parcels.map { |parcel| parcel["arrives_in_days"] }.max,
        "subtotal_cents" => cart["subtotal_cents"],
        "discount_cents" => cart["discount"]["cents"],
        "shipping_cents" => cart["shipping"]["cents"],
        "tax_cents" => cart["tax_cents"],
        "total_cents" => cart["total_cents"]
      }
    end

    private

    def parcels(reserved, transit_days)
      number = 0
      reserved.map do |parcel|
        {
          "parcel" => number += 1,
          "warehouse" => parcel["warehouse"],
          "units" => parcel["units"],
          "weight_grams" => parcel["weight_grams"],
          "arrives_in_days" => parcel["handling_days"] + transit_days
        }
      end
    end

    def order_line(line, reservations)
      reserved = reservations.select { |entry| entry["line"] == line["line"] }
      {
        "line" => line["line"],
        "sku" => line["sku"],
        "name" => line["name"],
        "quantity" => line["quantity"],
        "amount_cents" => line["net_cents"] + line["tax_cents"],
        "warehouses" => reserved.map { |entry| entry["warehouse"] }
      }
    end
  end

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

  # Books the order per category and per warehouse.
  class UpdateAnalytics < Tasker::StepHandler
    include Calculation

    AMOUNTS = %w[gross_cents discount_cents net_cents].freeze

    def process(task, sequence, _step)
      cart = sequence.results_of("validate_cart")
      order = sequence.results_of("create_order")
      {
        "order_number" => order["order_number"],
        "country" => task.context["shipping_address"]["country"],
        "basket" => basket(cart["subtotal_cents"]),
        "categories" => categories(cart["lines"], sequence.results_of("charge_payment")["fee_cents"]),
        "warehouses" => order["parcels"].map { |parcel| { "warehouse" => parcel["warehouse"], "units" => parcel["units"] } }
                                        .sort_by { |parcel| parcel["warehouse"] }
      }
    end

    private

    def basket(subtotal)
      return "small" if subtotal < config["small_below_cents"]

      subtotal >= config["large_from_cents"] ? "large" : "medium"
    end

    def categories(lines, fee_cents)
      ranked = category_totals(lines).sort_by { |total| [-total["net_cents"], total["category"]] }
      net = ranked.map { |total| total["net_cents"] }
      shares = split_in_proportion(10_000, net)
      fees = split_in_proportion(fee_cents, net)
      ranked.zip(shares, fees).map do |total, share, fee|
        total.merge("share_basis_points" => share, "after_fees_cents" => total["net_cents"] - fee)
      end
    end

    def category_totals(lines)
      totals = {}
      lines.each do |line|
        total = totals[line["category"]] ||= empty_total(line["category"])
        total["units"] += line["quantity"]
        AMOUNTS.each { |name| total[name] += line[name] }
      end
      totals.values
    end

    def empty_total(category) = { "category" => category, "units" => 0, **AMOUNTS.to_h { |name| [name, 0] } }
  end
end
