# frozen_string_literal: true

require "tasker"

module Mixed
  # Finds a warehouse for each line, several if no single one has enough.
  class ReserveInventory < Tasker::StepHandler
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

    # Rows of a comma-separated file as hashes; the files have no quoted fields.
    def read_table(name)
      header, *rows = read_text(name).split("\n").map { |line| line.split(",", -1) }
      rows.map { |row| header.zip(row).to_h }
    end

    # A number that follows from the input alone, so that a repeated attempt gives the same one.
    def reference(prefix, *parts)
      number = parts.join("|").each_char.reduce(7) { |sum, char| (sum * 31 + char.ord) % 9_999_999_967 }
      format("%s-%010d", prefix, number)
    end

    def reject(message, error_code, context)
      raise Tasker::PermanentError.new(message, error_code: error_code, context: context)
    end
  end
end
