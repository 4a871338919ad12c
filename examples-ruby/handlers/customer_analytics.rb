# frozen_string_literal: true

require "tasker"

# Customer analytics: from exported tables to a dashboard and notifications.
#
# All amounts are integers in cents and all rates are integers in basis points (1/100 of a percent).
# Dates are ISO 8601 text, which sorts and compares as dates do.
module Analytics
  SEVERITIES = %w[critical warning info].freeze

  # What several steps share.
  module Figures
    private

    def date_range(task)
      # Text of another runtime answers to most of what a String does, but not to < and >.
      first = task.context["date_range"]["start_date"].to_s
      last = task.context["date_range"]["end_date"].to_s
      return [first, last] if first <= last

      raise Tasker::PermanentError.new("the date range ends before it starts: #{first} to #{last}",
                                       error_code: "BAD_DATE_RANGE")
    end

    # Rows of a comma-separated file as arrays, without its header; the files have no quoted fields.
    def read_rows(name) = read_text(name).split("\n").drop(1).map { |line| line.split(",", -1) }

    # A part of a whole in basis points, rounded down; 0 of nothing.
    def ratio(part, whole) = whole.zero? ? 0 : part * 10_000 / whole

    def margin(total) = ratio(total["revenue_cents"] - total["cost_cents"], total["revenue_cents"])

    def money(cents) = format("%d.%02d EUR", *cents.divmod(100))

    def percent(basis_points) = format("%d.%02d %%", *basis_points.divmod(100))
  end

  # Reads the orders of the date range, and reports the rows that cannot be read.
  class ExtractOrders < Tasker::StepHandler
    include Figures

    FIELDS = 9
    NUMBERS = { 4 => "quantity", 5 => "unit_price_cents", 6 => "discount_cents" }.freeze
    COLUMNS = %w[order_id ordered_on user_id product_id quantity net_cents status channel].freeze

    def process(task, _sequence, _step)
      first, last = date_range(task)
      table = read_rows("orders.csv")
      numbered = table.each.with_index(2).map { |fields, line| [fields, line, problem(fields)] }
      readable, malformed = numbered.partition { |_, _, problem| problem.nil? }
      in_range, out_of_range = readable.map(&:first).partition { |fields| fields[1].between?(first, last) }
      cancelled, kept = in_range.partition { |fields| fields[7] == "cancelled" }
      {
        "columns" => COLUMNS,
        "rows" => kept.map { |fields| row(*fields) },
        "rows_read" => table.size,
        "out_of_range" => out_of_range.size,
        "cancelled" => cancelled.size,
        "malformed" => malformed.map { |_, line, problem| { "line" => line, "problem" => problem } }
      }
    end

    private

    def problem(fields)
      return "#{FIELDS} fields expected, #{fields.size} found" if fields.size != FIELDS

      index, name = NUMBERS.find { |index, _| !fields[index].match?(/\A\d+\z/) }
      "#{name} is no whole number: #{fields[index]}" if index
    end

    def row(order_id, ordered_on, user_id, product_id, quantity, price, discount, status, channel)
      net = quantity.to_i * price.to_i - discount.to_i
      [order_id, ordered_on, user_id, product_id, quantity.to_i, net, status, channel]
    end
  end

  # Reads the users who had signed up by the end of the date range.
  class ExtractUsers < Tasker::StepHandler
    include Figures

    def process(task, _sequence, _step)
      _, last = date_range(task)
      table = read_rows("users.csv")
      {
        "columns" => %w[user_id country plan signed_up_on],
        "rows" => table.select { |fields| fields[3] <= last },
        "rows_read" => table.size
      }
    end
  end

  # Reads the products with their cost and stock.
  class ExtractProducts < Tasker::StepHandler
    include Figures

    def process(_task, _sequence, _step)
      rows = read_rows("products.csv").map do |product_id, name, category, _, cost, stock|
        [product_id, name, category, cost.to_i, stock.to_i]
      end
      { "columns" => %w[product_id name category cost_cents stock_on_hand], "rows" => rows }
    end
  end

  # Joins orders with users: segments, countries, plans, the best customers.
  class TransformCustomerMetrics < Tasker::StepHandler
    include Figures

    Customer = Struct.new(:user_id, :country, :plan, :signed_up_on, :orders, :refunds, :revenue, :last_order_on)
    SEGMENTS = %w[vip loyal regular one_time inactive].freeze

    def process(task, sequence, _step)
      thresholds = task.context["thresholds"]
      first, = date_range(task)
      customers = customers(sequence.results_of("extract_users")["rows"])
      sales = book(sequence.results_of("extract_orders")["rows"], customers)
      active = customers.values.select { |customer| customer.orders.positive? }
      {
        "active_customers" => active.size,
        "new_customers" => active.count { |customer| customer.signed_up_on >= first },
        "repeat_rate_basis_points" => ratio(active.count { |customer| customer.orders > 1 }, active.size),
        "median_order_cents" => median(sales[:amounts]),
        "unknown_users" => sales[:unknown],
        "segments" => segments(customers.values, thresholds),
        "countries" => totals_by("country", active),
        "plans" => totals_by("plan", active),
        "top_customers" => top_customers(active, thresholds["top"]),
        "monthly_active" => sales[:months].sort.map { |month, ids| { "month" => month, "customers" => ids.size } }
      }
    end

    private

    def customers(rows)
      rows.to_h { |row| [row[0], Customer.new(row[0], row[1], row[2], row[3].to_s, 0, 0, 0, "")] }
    end

    # Adds the orders to their customers; returns what belongs to none of them alone.
    def book(rows, customers)
      sales = { unknown: { "orders" => 0, "revenue_cents" => 0 }, months: {}, amounts: [] }
      rows.each do |row|
        ordered_on = row[1]
        net = row[5]
        customer = customers[row[2]]
        if row[6] == "refunded"
          customer.refunds += 1 if customer
        elsif customer.nil?
          sales[:unknown]["orders"] += 1
          sales[:unknown]["revenue_cents"] += net
        else
          customer.orders += 1
          customer.revenue += net
          customer.last_order_on = [customer.last_order_on, ordered_on].max
          (sales[:months][ordered_on[0, 7]] ||= {})[customer.user_id] = true
          sales[:amounts] << net
        end
      end
      sales
    end

    def median(amounts) = amounts.empty? ? 0 : amounts.sort[(amounts.size - 1) / 2]

    def totals(customers)
      {
        "customers" => customers.size,
        "orders" => customers.sum(&:orders),
        "revenue_cents" => customers.sum(&:revenue)
      }
    end

    def segments(customers, thresholds)
      members = customers.group_by { |customer| segment(customer, thresholds) }
      revenue = customers.sum(&:revenue)
      SEGMENTS.map do |name|
        total = totals(members.fetch(name, []))
        { "segment" => name, **total, "share_basis_points" => ratio(total["revenue_cents"], revenue) }
      end
    end

    def segment(customer, thresholds)
      return "inactive" if customer.orders.zero?
      return "vip" if customer.revenue >= thresholds["vip_revenue_cents"]
      return "loyal" if customer.orders >= thresholds["loyal_orders"]

      customer.orders == 1 ? "one_time" : "regular"
    end

    def totals_by(field, customers)
      customers.group_by { |customer| customer[field] }
               .map { |value, members| { field => value, **totals(members) } }
               .sort_by { |total| [-total["revenue_cents"], total[field]] }
    end

    def top_customers(customers, limit)
      customers.sort_by { |customer| [-customer.revenue, customer.user_id] }.first(limit).map do |customer|
        {
          "user_id" => customer.user_id,
          "country" => customer.country,
          "orders" => customer.orders,
          "refunds" => customer.refunds,
          "revenue_cents" => customer.revenue,
          "average_order_cents" => customer.revenue / customer.orders,
          "last_order_on" => customer.last_order_on
        }
      end
    end
  end

  # Joins orders with products: best sellers, margins, refunds, stock that runs out.
  class TransformProductMetrics < Tasker::StepHandler
    include Figures

    Product = Struct.new(:product_id, :name, :category, :unit_cost, :stock, :orders, :refunds, :units, :revenue) do
      def cost = units * unit_cost
    end

    def process(task, sequence, _step)
      thresholds = task.context["thresholds"]
      products = products(sequence.results_of("extract_products")["rows"])
      sales = book(sequence.results_of("extract_orders")["rows"], products)
      sold = products.values.select { |product| product.units.positive? }
      total = totals(sold)
      {
        "products_sold" => sold.size,
        "revenue_cents" => total["revenue_cents"],
        "margin_cents" => total["revenue_cents"] - total["cost_cents"],
        "unknown_products" => sales[:unknown],
        "top_products" => top_products(sold, thresholds["top"]),
        "categories" => categories(sold, total["revenue_cents"]),
        "monthly_revenue" => sales[:months].sort.map { |month, figures| { "month" => month, **figures } },
        "often_refunded" => often_refunded(products.values, thresholds),
        "low_stock" => low_stock(sold, sales[:months].size, thresholds["stock_cover_days"])
      }
    end

    private

    def products(rows)
      rows.to_h { |row| [row[0], Product.new(row[0], row[1], row[2], row[3], row[4], 0, 0, 0, 0)] }
    end

    # Adds the orders to their products; returns what belongs to none of them alone.
    def book(rows, products)
      sales = { unknown: empty_sales, months: {} }
      rows.each do |row|
        net = row[5]
        product = products[row[3]]
        if product.nil?
          add(sales[:unknown], net)
          next
        end
        product.orders += 1
        if row[6] == "refunded"
          product.refunds += 1
          next
        end
        product.units += row[4]
        product.revenue += net
        add(sales[:months][row[1][0, 7]] ||= empty_sales, net)
      end
      sales
    end

    def empty_sales = { "orders" => 0, "revenue_cents" => 0 }

    def add(sales, net)
      sales["orders"] += 1
      sales["revenue_cents"] += net
    end

    def totals(products)
      {
        "products" => products.size,
        "units" => products.sum(&:units),
        "revenue_cents" => products.sum(&:revenue),
        "cost_cents" => products.sum(&:cost)
      }
    end

    def top_products(sold, limit)
      sold.sort_by { |product| [-product.revenue, product.product_id] }.first(limit).map do |product|
        {
          "product_id" => product.product_id,
          "name" => product.name,
          "category" => product.category,
          "units" => product.units,
          "revenue_cents" => product.revenue,
          "margin_basis_points" => ratio(product.revenue - product.cost, product.revenue)
        }
      end
    end

    def categories(sold, revenue)
      ranked = sold.group_by(&:category).map { |category, members| { "category" => category, **totals(members) } }
      ranked.each do |total|
        total["margin_basis_points"] = margin(total)
        total["share_basis_points"] = ratio(total["revenue_cents"], revenue)
      end
      ranked.sort_by { |total| [-total["revenue_cents"], total["category"]] }
    end

    def often_refunded(products, thresholds)
      ordered = products.select { |product| product.orders >= thresholds["refund_min_orders"] }
      found = ordered.map do |product|
        {
          "product_id" => product.product_id,
          "name" => product.name,
          "orders" => product.orders,
          "refunds" => product.refunds,
          "refund_rate_basis_points" => ratio(product.refunds, product.orders)
        }
      end
      found.select { |entry| entry["refund_rate_basis_points"] >= thresholds["refund_rate_basis_points"] }
           .sort_by { |entry| [-entry["refund_rate_basis_points"], entry["product_id"]] }
    end

    def low_stock(sold, months, limit)
      found = sold.map do |product|
        {
          "product_id" => product.product_id,
          "name" => product.name,
          "stock_on_hand" => product.stock,
          "units_sold" => product.units,
          # A month counts as 30 days.
          "cover_days" => product.stock * 30 * months / product.units
        }
      end
      found.select { |entry| entry["cover_days"] < limit }
           .sort_by { |entry| [entry["cover_days"], entry["product_id"]] }
    end
  end

  # Says what is remarkable about the figures, the most pressing first.
  class GenerateInsights < Tasker::StepHandler
    include Figures

    def process(task, sequence, _step)
      thresholds = task.context["thresholds"]
      customers = sequence.results_of("transform_customer_metrics")
      products = sequence.results_of("transform_product_metrics")
      insights = [
        *revenue(products["monthly_revenue"], thresholds["revenue_change_basis_points"]),
        *refunds(products["often_refunded"]),
        *stock(products["low_stock"], thresholds["stock_cover_days"]),
        *vip_share(customers["segments"]),
        *best_category(products["categories"]),
        *data_quality(sequence.results_of("extract_orders"), customers, products)
      ]
      {
        "insights" => insights.sort_by { |entry| [SEVERITIES.index(entry["severity"]), entry["code"], entry["subject"]] },
        "counts" => SEVERITIES.map do |severity|
          { "severity" => severity, "insights" => insights.count { |entry| entry["severity"] == severity } }
        end
      }
    end

    private

    def insight(code, severity, subject, value, message)
      { "code" => code, "severity" => severity, "subject" => subject, "value" => value, "message" => message }
    end

    # Months that differ from the average of the other months.
    def revenue(months, threshold)
      return [] if months.size < 2

      total = months.sum { |month| month["revenue_cents"] }
      found = months.map do |month|
        usual = (total - month["revenue_cents"]) / (months.size - 1)
        change = ratio((month["revenue_cents"] - usual).abs, usual)
        change_of_revenue(month["month"], change, threshold, month["revenue_cents"] < usual) if change >= threshold
      end
      found.compact
    end

    def change_of_revenue(month, change, threshold, fell)
      message = "revenue was #{percent(change)} #{fell ? "below" : "above"} the other months"
      return insight("REVENUE_RISE", "info", month, change, message) unless fell

      insight("REVENUE_DROP", change >= 2 * threshold ? "critical" : "warning", month, change, message)
    end

    def refunds(products)
      products.map do |product|
        insight("HIGH_REFUND_RATE", "warning", product["product_id"], product["refund_rate_basis_points"],
                "#{product["refunds"]} of #{product["orders"]} orders of #{product["name"]} were sent back")
      end
    end

    def stock(products, threshold)
      products.map do |product|
        days = product["cover_days"]
        insight("LOW_STOCK", days * 4 < threshold ? "critical" : "warning", product["product_id"], days,
                "#{product["name"]} lasts #{days} more days")
      end
    end

    def vip_share(segments)
      vip = segments.find { |segment| segment["segment"] == "vip" && segment["customers"].positive? }
      return [] if vip.nil?

      share = vip["share_basis_points"]
      [insight("VIP_SHARE", "info", "vip", share, "#{vip["customers"]} customers bring #{percent(share)} of the revenue")]
    end

    def best_category(categories)
      return [] if categories.size.zero?

      best = categories[0]
      share = best["share_basis_points"]
      [insight("BEST_CATEGORY", "info", best["category"], share,
               "#{best["category"]} bring #{percent(share)} of the revenue")]
    end

    def data_quality(orders, customers, products)
      findings = [
        ["malformed_rows", orders["malformed"].size, "order rows that cannot be read"],
        ["unknown_products", products["unknown_products"]["orders"], "orders of an unknown product"],
        ["unknown_users", customers["unknown_users"]["orders"], "orders of an unknown user"]
      ]
      findings.select { |_, count, _| count.positive? }
              .map { |subject, count, text| insight("DATA_QUALITY", "info", subject, count, "#{text}: #{count}") }
    end
  end

  # Puts the figures into the form in which the dashboard shows them.
  class UpdateDashboard < Tasker::StepHandler
    include Figures

    BAR_WIDTH = 24

    def process(task, sequence, _step)
      products = sequence.results_of("transform_product_metrics")
      first, last = date_range(task)
      figures = {
        "Revenue" => money(products["revenue_cents"]),
        "Margin" => percent(ratio(products["margin_cents"], products["revenue_cents"])),
        **customer_figures(sequence.results_of("transform_customer_metrics"))
      }
      sequence.results_of("generate_insights")["counts"].each do |count|
        figures["Insights: #{count["severity"]}"] = count["insights"].to_s
      end
      chart = chart(products["monthly_revenue"])
      {
        "title" => "Customers and products, #{first} to #{last}",
        "tiles" => figures.map { |title, value| { "title" => title, "value" => value } },
        "chart" => chart,
        "revision" => checksum(figures.map { |title, value| "#{title}=#{value}" } + chart)
      }
    end

    private

    def customer_figures(customers)
      {
        "Active customers" => customers["active_customers"].to_s,
        "New customers" => customers["new_customers"].to_s,
        "Repeat rate" => percent(customers["repeat_rate_basis_points"]),
        "Median order" => money(customers["median_order_cents"])
      }
    end

    def chart(months)
      highest = [1, *months.map { |month| month["revenue_cents"] }].max
      months.map do |month|
        revenue = month["revenue_cents"]
        "#{month["month"]} #{"#" * (revenue * BAR_WIDTH / highest)} #{money(revenue)}"
      end
    end

    # A number that follows from the text alone; equal content has an equal revision.
    def checksum(lines)
      format("%010d", lines.join("\n").each_char.reduce(7) { |sum, char| (sum * 31 + char.ord) % 9_999_999_967 })
    end
  end

  # Tells each recipient the insights that are severe enough for it.
  class SendNotifications < Tasker::StepHandler
    def process(task, sequence, _step)
      dashboard = sequence.results_of("update_dashboard")
      insights = sequence.results_of("generate_insights")["insights"]
      notifications = []
      skipped = []
      task.context["notify"].each do |recipient|
        limit = SEVERITIES.index(recipient["minimum_severity"])
        chosen = insights.select { |entry| SEVERITIES.index(entry["severity"]) <= limit }
        if chosen.empty?
          skipped << recipient["address"]
        else
          notifications << notification(recipient, chosen, dashboard)
        end
      end
      { "sent" => notifications.size, "notifications" => notifications, "skipped" => skipped }
    end

    private

    def notification(recipient, insights, dashboard)
      shown = insights.first(config["max_lines"])
      lines = shown.map { |entry| "[#{entry["severity"]}] #{entry["subject"]}: #{entry["message"]}" }
      lines << "and #{insights.size - shown.size} more" if insights.size > shown.size
      lines << "Dashboard revision #{dashboard["revision"]}"
      {
        "channel" => recipient["channel"],
        "address" => recipient["address"],
        "subject" => "#{dashboard["title"]}: #{insights.size} insights",
        "body" => "#{lines.join("\n")}\n"
      }
    end
  end
end
