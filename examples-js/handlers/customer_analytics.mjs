/**
 * Customer analytics: from exported tables to a dashboard and notifications.
 *
 * All amounts are integers in cents and all rates are integers in basis points (1/100 of a percent).
 * Dates are ISO 8601 text, which sorts and compares as dates do.
 */

import { PermanentError, StepHandler } from "tasker";

const SEVERITIES = ["critical", "warning", "info"];

/** Reads the orders of the date range, and reports the rows that cannot be read. */
export class ExtractOrders extends StepHandler {
  static #columns = ["order_id", "ordered_on", "user_id", "product_id", "quantity", "net_cents", "status", "channel"];
  static #fieldCount = 9;
  static #numbers = [[4, "quantity"], [5, "unit_price_cents"], [6, "discount_cents"]];

  process(task) {
    const [start, end] = dateRange(task);
    const table = readRows(this.readText("orders.csv"));
    const result = { rows: [], rows_read: table.length, out_of_range: 0, cancelled: 0, malformed: [] };
    table.forEach((fields, index) => {
      const problem = this.#problem(fields);
      if (problem) {
        result.malformed.push({ line: index + 2, problem });
        return;
      }
      const [orderId, orderedOn, userId, productId, quantity, price, discount, status, channel] = fields;
      if (orderedOn < start || orderedOn > end) {
        result.out_of_range += 1;
      } else if (status === "cancelled") {
        result.cancelled += 1;
      } else {
        const net = Number(quantity) * Number(price) - Number(discount);
        result.rows.push([orderId, orderedOn, userId, productId, Number(quantity), net, status, channel]);
      }
    });
    return { columns: ExtractOrders.#columns, ...result };
  }

  #problem(fields) {
    if (fields.length !== ExtractOrders.#fieldCount) {
      return `${ExtractOrders.#fieldCount} fields expected, ${fields.length} found`;
    }
    const bad = ExtractOrders.#numbers.find(([index]) => !/^\d+$/.test(fields[index]));
    return bad ? `${bad[1]} is no whole number: ${fields[bad[0]]}` : null;
  }
}

/** Reads the users who had signed up by the end of the date range. */
export class ExtractUsers extends StepHandler {
  process(task) {
    const [, end] = dateRange(task);
    const table = readRows(this.readText("users.csv"));
    return {
      columns: ["user_id", "country", "plan", "signed_up_on"],
      rows: table.filter(([, , , signedUpOn]) => signedUpOn <= end),
      rows_read: table.length,
    };
  }
}

/** Reads the products with their cost and stock. */
export class ExtractProducts extends StepHandler {
  process() {
    const rows = readRows(this.readText("products.csv")).map(([productId, name, category, , cost, stock]) => [
      productId,
      name,
      category,
      Number(cost),
      Number(stock),
    ]);
    return { columns: ["product_id", "name", "category", "cost_cents", "stock_on_hand"], rows };
  }
}

/** Joins orders with users: segments, countries, plans, the best customers. */
export class TransformCustomerMetrics extends StepHandler {
  process(task, sequence) {
    const { thresholds } = task.context;
    const [start] = dateRange(task);
    const customers = new Map();
    for (const [id, country, plan, signedUpOn] of sequence.resultsOf("extract_users").rows) {
      customers.set(id, { id, country, plan, signedUpOn, orders: 0, refunds: 0, revenue: 0, lastOrderOn: "" });
    }
    const sales = this.#book(sequence.resultsOf("extract_orders").rows, customers);
    const all = [...customers.values()];
    const active = all.filter((customer) => customer.orders > 0);
    return {
      active_customers: active.length,
      new_customers: active.filter((customer) => customer.signedUpOn >= start).length,
      repeat_rate_basis_points: ratio(active.filter((customer) => customer.orders > 1).length, active.length),
      median_order_cents: median(sales.amounts),
      unknown_users: sales.unknown,
      segments: this.#segments(all, thresholds),
      countries: this.#totalsBy("country", active),
      plans: this.#totalsBy("plan", active),
      top_customers: this.#topCustomers(active, thresholds.top),
      monthly_active: [...sales.months.keys()]
        .sort()
        .map((month) => ({ month, customers: sales.months.get(month).size })),
    };
  }

  /** Adds the orders to their customers; returns what belongs to none of them alone. */
  #book(rows, customers) {
    const sales = { unknown: { orders: 0, revenue_cents: 0 }, months: new Map(), amounts: [] };
    for (const [, orderedOn, userId, , , net, status] of rows) {
      const customer = customers.get(userId);
      if (status === "refunded") {
        if (customer) customer.refunds += 1;
      } else if (!customer) {
        sales.unknown.orders += 1;
        sales.unknown.revenue_cents += net;
      } else {
        customer.orders += 1;
        customer.revenue += net;
        if (orderedOn > customer.lastOrderOn) customer.lastOrderOn = orderedOn;
        valueOf(sales.months, orderedOn.slice(0, 7), () => new Set()).add(userId);
        sales.amounts.push(net);
      }
    }
    return sales;
  }

  #totals(customers) {
    return {
      customers: customers.length,
      orders: sumOf(customers, (customer) => customer.orders),
      revenue_cents: sumOf(customers, (customer) => customer.revenue),
    };
  }

  #segments(customers, thresholds) {
    const revenue = sumOf(customers, (customer) => customer.revenue);
    const members = groupBy(customers, (customer) => this.#segment(customer, thresholds));
    return ["vip", "loyal", "regular", "one_time", "inactive"].map((segment) => {
      const totals = this.#totals(members.get(segment) ?? []);
      return { segment, ...totals, share_basis_points: ratio(totals.revenue_cents, revenue) };
    });
  }

  #segment({ orders, revenue }, thresholds) {
    if (orders === 0) return "inactive";
    if (revenue >= thresholds.vip_revenue_cents) return "vip";
    if (orders >= thresholds.loyal_orders) return "loyal";
    return orders === 1 ? "one_time" : "regular";
  }

  #totalsBy(field, customers) {
    const groups = [...groupBy(customers, (customer) => customer[field])];
    const totals = groups.map(([value, members]) => ({ [field]: value, ...this.#totals(members) }));
    return sortedBy(totals, (total) => [-total.revenue_cents, total[field]]);
  }

  #topCustomers(customers, limit) {
    const best = sortedBy(customers, (customer) => [-customer.revenue, customer.id]).slice(0, limit);
    return best.map((customer) => ({
      user_id: customer.id,
      country: customer.country,
      orders: customer.orders,
      refunds: customer.refunds,
      revenue_cents: customer.revenue,
      average_order_cents: quotient(customer.revenue, customer.orders),
      last_order_on: customer.lastOrderOn,
    }));
  }
}

/** Joins orders with products: best sellers, margins, refunds, stock that runs out. */
export class TransformProductMetrics extends StepHandler {
  process(task, sequence) {
    const { thresholds } = task.context;
    const products = new Map();
    for (const [id, name, category, unitCost, stock] of sequence.resultsOf("extract_products").rows) {
      products.set(id, { id, name, category, unitCost, stock, orders: 0, refunds: 0, units: 0, revenue: 0, cost: 0 });
    }
    const sales = this.#book(sequence.resultsOf("extract_orders").rows, products);
    const all = [...products.values()];
    const sold = all.filter((product) => product.units > 0);
    const totals = this.#totals(sold);
    return {
      products_sold: sold.length,
      revenue_cents: totals.revenue_cents,
      margin_cents: totals.revenue_cents - totals.cost_cents,
      unknown_products: sales.unknown,
      top_products: this.#topProducts(sold, thresholds.top),
      categories: this.#categories(sold, totals.revenue_cents),
      monthly_revenue: [...sales.months.keys()].sort().map((month) => ({ month, ...sales.months.get(month) })),
      often_refunded: this.#oftenRefunded(all, thresholds),
      low_stock: this.#lowStock(sold, sales.months.size, thresholds.stock_cover_days),
    };
  }

  /** Adds the orders to their products; returns what belongs to none of them alone. */
  #book(rows, products) {
    const noSales = () => ({ orders: 0, revenue_cents: 0 });
    const add = (sales, net) => {
      sales.orders += 1;
      sales.revenue_cents += net;
    };
    const unknown = noSales();
    const months = new Map();
    for (const [, orderedOn, , productId, quantity, net, status] of rows) {
      const product = products.get(productId);
      if (!product) {
        add(unknown, net);
        continue;
      }
      product.orders += 1;
      if (status === "refunded") {
        product.refunds += 1;
        continue;
      }
      product.units += quantity;
      product.revenue += net;
      product.cost += quantity * product.unitCost;
      add(valueOf(months, orderedOn.slice(0, 7), noSales), net);
    }
    return { unknown, months };
  }

  #totals(products) {
    return {
      products: products.length,
      units: sumOf(products, (product) => product.units),
      revenue_cents: sumOf(products, (product) => product.revenue),
      cost_cents: sumOf(products, (product) => product.cost),
    };
  }

  #topProducts(sold, limit) {
    const best = sortedBy(sold, (product) => [-product.revenue, product.id]).slice(0, limit);
    return best.map(({ id, name, category, units, revenue, cost }) => ({
      product_id: id,
      name,
      category,
      units,
      revenue_cents: revenue,
      margin_basis_points: ratio(revenue - cost, revenue),
    }));
  }

  #categories(sold, revenue) {
    const categories = [...groupBy(sold, (product) => product.category)].map(([category, members]) => {
      const totals = this.#totals(members);
      return {
        category,
        ...totals,
        margin_basis_points: ratio(totals.revenue_cents - totals.cost_cents, totals.revenue_cents),
        share_basis_points: ratio(totals.revenue_cents, revenue),
      };
    });
    return sortedBy(categories, (total) => [-total.revenue_cents, total.category]);
  }

  #oftenRefunded(products, thresholds) {
    const found = products
      .filter((product) => product.orders >= thresholds.refund_min_orders)
      .map(({ id, name, orders, refunds }) => ({
        product_id: id,
        name,
        orders,
        refunds,
        refund_rate_basis_points: ratio(refunds, orders),
      }))
      .filter((entry) => entry.refund_rate_basis_points >= thresholds.refund_rate_basis_points);
    return sortedBy(found, (entry) => [-entry.refund_rate_basis_points, entry.product_id]);
  }

  #lowStock(sold, months, limit) {
    const found = sold
      .map(({ id, name, stock, units }) => ({
        product_id: id,
        name,
        stock_on_hand: stock,
        units_sold: units,
        // A month counts as 30 days.
        cover_days: quotient(stock * 30 * months, units),
      }))
      .filter((entry) => entry.cover_days < limit);
    return sortedBy(found, (entry) => [entry.cover_days, entry.product_id]);
  }
}

/** Says what is remarkable about the figures, the most pressing first. */
export class GenerateInsights extends StepHandler {
  process(task, sequence) {
    const { thresholds } = task.context;
    const customers = sequence.resultsOf("transform_customer_metrics");
    const products = sequence.resultsOf("transform_product_metrics");
    const found = [
      ...this.#revenue([...products.monthly_revenue], thresholds.revenue_change_basis_points),
      ...this.#refunds(products.often_refunded),
      ...this.#stock(products.low_stock, thresholds.stock_cover_days),
      ...this.#shares(customers.segments, products.categories),
      ...this.#dataQuality(sequence.resultsOf("extract_orders"), customers, products),
    ];
    return {
      insights: sortedBy(found, (entry) => [SEVERITIES.indexOf(entry.severity), entry.code, entry.subject]),
      counts: SEVERITIES.map((severity) => ({
        severity,
        insights: found.filter((entry) => entry.severity === severity).length,
      })),
    };
  }

  /** Months that differ from the average of the other months. */
  *#revenue(months, threshold) {
    if (months.length < 2) return;
    const total = sumOf(months, (month) => month.revenue_cents);
    for (const { month, revenue_cents: revenue } of months) {
      const usual = quotient(total - revenue, months.length - 1);
      const change = ratio(Math.abs(revenue - usual), usual);
      if (change < threshold) continue;
      if (revenue < usual) {
        const severity = change >= 2 * threshold ? "critical" : "warning";
        yield insight("REVENUE_DROP", severity, month, change, `revenue was ${percent(change)} below the other months`);
      } else {
        yield insight("REVENUE_RISE", "info", month, change, `revenue was ${percent(change)} above the other months`);
      }
    }
  }

  *#refunds(products) {
    for (const { product_id, name, orders, refunds, refund_rate_basis_points: rate } of products) {
      const message = `${refunds} of ${orders} orders of ${name} were sent back`;
      yield insight("HIGH_REFUND_RATE", "warning", product_id, rate, message);
    }
  }

  *#stock(products, threshold) {
    for (const { product_id, name, cover_days: days } of products) {
      const severity = days * 4 < threshold ? "critical" : "warning";
      yield insight("LOW_STOCK", severity, product_id, days, `${name} lasts ${days} more days`);
    }
  }

  *#shares(segments, categories) {
    for (const { segment, customers, share_basis_points: share } of segments) {
      if (segment === "vip" && customers > 0) {
        yield insight("VIP_SHARE", "info", segment, share, `${customers} customers bring ${percent(share)} of the revenue`);
      }
    }
    if (categories.length > 0) {
      const { category, share_basis_points: share } = categories[0];
      yield insight("BEST_CATEGORY", "info", category, share, `${category} bring ${percent(share)} of the revenue`);
    }
  }

  *#dataQuality(orders, customers, products) {
    const findings = [
      ["malformed_rows", orders.malformed.length, "order rows that cannot be read"],
      ["unknown_products", products.unknown_products.orders, "orders of an unknown product"],
      ["unknown_users", customers.unknown_users.orders, "orders of an unknown user"],
    ];
    for (const [subject, count, text] of findings) {
      if (count > 0) yield insight("DATA_QUALITY", "info", subject, count, `${text}: ${count}`);
    }
  }
}

/** Puts the figures into the form in which the dashboard shows them. */
export class UpdateDashboard extends StepHandler {
  static #barWidth = 24;

  process(task, sequence) {
    const customers = sequence.resultsOf("transform_customer_metrics");
    const products = sequence.resultsOf("transform_product_metrics");
    const [start, end] = dateRange(task);
    const tiles = [
      { title: "Revenue", value: money(products.revenue_cents) },
      { title: "Margin", value: percent(ratio(products.margin_cents, products.revenue_cents)) },
      { title: "Active customers", value: String(customers.active_customers) },
      { title: "New customers", value: String(customers.new_customers) },
      { title: "Repeat rate", value: percent(customers.repeat_rate_basis_points) },
      { title: "Median order", value: money(customers.median_order_cents) },
    ];
    for (const { severity, insights } of sequence.resultsOf("generate_insights").counts) {
      tiles.push({ title: `Insights: ${severity}`, value: String(insights) });
    }
    const chart = this.#chart([...products.monthly_revenue]);
    return {
      title: `Customers and products, ${start} to ${end}`,
      tiles,
      chart,
      revision: checksum([...tiles.map(({ title, value }) => `${title}=${value}`), ...chart]),
    };
  }

  #chart(months) {
    const highest = Math.max(1, ...months.map((month) => month.revenue_cents));
    return months.map(({ month, revenue_cents: revenue }) => {
      const bar = "#".repeat(quotient(revenue * UpdateDashboard.#barWidth, highest));
      return `${month} ${bar} ${money(revenue)}`;
    });
  }
}

/** Tells each recipient the insights that are severe enough for it. */
export class SendNotifications extends StepHandler {
  process(task, sequence) {
    const dashboard = sequence.resultsOf("update_dashboard");
    const insights = [...sequence.resultsOf("generate_insights").insights];
    const notifications = [];
    const skipped = [];
    for (const recipient of task.context.notify) {
      const limit = SEVERITIES.indexOf(recipient.minimum_severity);
      const chosen = insights.filter((entry) => SEVERITIES.indexOf(entry.severity) <= limit);
      if (chosen.length > 0) notifications.push(this.#notification(recipient, chosen, dashboard));
      else skipped.push(recipient.address);
    }
    return { sent: notifications.length, notifications, skipped };
  }

  #notification({ channel, address }, insights, dashboard) {
    const shown = insights.slice(0, this.config.max_lines);
    const lines = shown.map(({ severity, subject, message }) => `[${severity}] ${subject}: ${message}`);
    if (insights.length > shown.length) lines.push(`and ${insights.length - shown.length} more`);
    lines.push(`Dashboard revision ${dashboard.revision}`);
    return {
      channel,
      address,
      subject: `${dashboard.title}: ${insights.length} insights`,
      body: `${lines.join("\n")}\n`,
    };
  }
}

function dateRange(task) {
  const { start_date: start, end_date: end } = task.context.date_range;
  if (end < start) {
    throw new PermanentError(`the date range ends before it starts: ${start} to ${end}`, {
      errorCode: "BAD_DATE_RANGE",
    });
  }
  return [start, end];
}

/** Rows of a comma-separated file as arrays, without its header; the files have no quoted fields. */
function readRows(text) {
  return text.split("\n").filter(Boolean).slice(1).map((line) => line.split(","));
}

function insight(code, severity, subject, value, message) {
  return { code, severity, subject, value, message };
}

function sumOf(items, value) {
  return items.reduce((sum, item) => sum + value(item), 0);
}

/** The value of a key; on first use, a new one. */
function valueOf(map, key, create) {
  if (!map.has(key)) map.set(key, create());
  return map.get(key);
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) valueOf(groups, keyOf(item), () => []).push(item);
  return groups;
}

/** A sorted copy; keys are lists of numbers and text, compared from left to right. */
function sortedBy(items, keyOf) {
  const compare = (left, right) => {
    const position = left.findIndex((part, index) => part !== right[index]);
    if (position < 0) return 0;
    return left[position] < right[position] ? -1 : 1;
  };
  return [...items].sort((left, right) => compare(keyOf(left), keyOf(right)));
}

/** The middle amount, the lower of two. */
function median(amounts) {
  if (amounts.length === 0) return 0;
  return [...amounts].sort((left, right) => left - right)[quotient(amounts.length - 1, 2)];
}

function quotient(dividend, divisor) {
  return Math.floor(dividend / divisor);
}

/** A part of a whole in basis points, rounded down; 0 of nothing. */
function ratio(part, whole) {
  return whole === 0 ? 0 : quotient(part * 10000, whole);
}

function hundredths(number) {
  return `${quotient(number, 100)}.${String(number % 100).padStart(2, "0")}`;
}

function money(cents) {
  return `${hundredths(cents)} EUR`;
}

function percent(basisPoints) {
  return `${hundredths(basisPoints)} %`;
}

/** A number that follows from the text alone; equal content has an equal revision. */
function checksum(lines) {
  let number = 7;
  for (const character of lines.join("\n")) number = (number * 31 + character.codePointAt(0)) % 9999999967;
  return String(number).padStart(10, "0");
}
