/**
 * Order fulfilment: from a cart to a confirmed order.
 *
 * All amounts are integers in cents and all rates are integers in basis points (1/100 of a percent).
 */

import { PermanentError, RetryableError, StepHandler } from "tasker";

/** Checks the cart against the catalogue, and prices it. */
export class ValidateCart extends StepHandler {
  process(task) {
    const order = task.context;
    const { currency } = this.config;
    if (order.payment.currency !== currency) {
      throw new PermanentError(`prices are in ${currency}, not ${order.payment.currency}`, {
        errorCode: "CURRENCY_NOT_SUPPORTED",
      });
    }
    const priced = this.#pricedLines(order.items);
    const subtotal = sumOf(priced, (line) => line.gross_cents);
    const discount = this.#discount(order.discount_code ?? null, priced, subtotal);

    const taxRate = order.tax_rate_basis_points;
    const lines = priced.map((line, index) => {
      const net = line.gross_cents - discount.shares[index];
      return { ...line, discount_cents: discount.shares[index], net_cents: net, tax_cents: rateOf(net, taxRate) };
    });
    const goods = subtotal - discount.cents;
    const weight = sumOf(lines, (line) => line.weight_grams);
    const shipping = this.#shipping(order.shipping_address.country, weight, goods);
    const tax = sumOf(lines, (line) => line.tax_cents) + rateOf(shipping.cents, taxRate);
    return {
      currency,
      lines,
      item_count: sumOf(lines, (line) => line.quantity),
      weight_grams: weight,
      subtotal_cents: subtotal,
      discount: { code: discount.code, cents: discount.cents },
      shipping,
      tax_cents: tax,
      total_cents: goods + shipping.cents + tax,
    };
  }

  #pricedLines(items) {
    const catalog = new Map(readTable(this.readText("catalog.csv")).map((row) => [row.sku, row]));
    const lines = [];
    const seen = new Set();
    for (const item of items) {
      const number = lines.length + 1;
      const { sku, quantity } = item;
      const product = catalog.get(sku);
      if (!product) throw new PermanentError(`line ${number}: there is no ${sku}`, { errorCode: "UNKNOWN_SKU" });
      if (seen.has(sku)) {
        throw new PermanentError(`line ${number}: ${sku} is listed twice`, { errorCode: "DUPLICATE_SKU" });
      }
      seen.add(sku);
      const price = Number(product.price_cents);
      if (item.unit_price_cents !== price) {
        throw new PermanentError(`line ${number}: ${sku} costs ${price}, not ${item.unit_price_cents}`, {
          errorCode: "PRICE_CHANGED",
          context: { sku, price_cents: price },
        });
      }
      if (quantity > Number(product.max_per_order)) {
        throw new PermanentError(`line ${number}: at most ${product.max_per_order} of ${sku} per order`, {
          errorCode: "QUANTITY_TOO_LARGE",
        });
      }
      const unitWeight = Number(product.weight_grams);
      lines.push({
        line: number,
        sku,
        name: product.name,
        category: product.category,
        quantity,
        unit_price_cents: price,
        unit_weight_grams: unitWeight,
        weight_grams: unitWeight * quantity,
        gross_cents: price * quantity,
      });
    }
    return lines;
  }

  #discount(code, lines, subtotal) {
    if (code === null) return { code, cents: 0, shares: lines.map(() => 0) };
    const offer = readTable(this.readText("discounts.csv")).find((row) => row.code === code);
    if (!offer) throw new PermanentError(`there is no discount ${code}`, { errorCode: "UNKNOWN_DISCOUNT" });
    const eligible = lines.map((line) => (["", line.category].includes(offer.category) ? line.gross_cents : 0));
    const base = sumOf(eligible);
    if (subtotal < Number(offer.min_subtotal_cents) || base === 0) {
      throw new PermanentError(`discount ${code} does not apply to this cart`, {
        errorCode: "DISCOUNT_NOT_APPLICABLE",
      });
    }
    const wanted = offer.kind === "percent" ? rateOf(base, Number(offer.value)) : Number(offer.value);
    const cents = Math.min(wanted, Number(offer.max_discount_cents), base);
    return { code, cents, shares: splitInProportion(cents, eligible) };
  }

  #shipping(country, weight, goods) {
    const zone = country === this.config.home_country ? "domestic" : "europe";
    const rate = readTable(this.readText("shipping_rates.csv")).find(
      (row) => row.zone === zone && weight <= Number(row.up_to_grams),
    );
    if (!rate) throw new PermanentError(`${weight} g are too heavy to ship`, { errorCode: "TOO_HEAVY" });
    const free = zone === "domestic" && goods >= this.config.free_shipping_from_cents;
    return { zone, cents: free ? 0 : Number(rate.price_cents), transit_days: Number(rate.transit_days) };
  }
}

/** Finds a warehouse for each line, several if no single one has enough. */
export class ReserveInventory extends StepHandler {
  process(task, sequence) {
    const cart = sequence.resultsOf("validate_cart");
    const { country } = task.context.shipping_address;
    const warehouses = sortedBy(readTable(this.readText("warehouses.csv")), (row) => [
      row.country === country ? 0 : 1,
      Number(row.priority),
      row.code,
    ]);
    const stock = new Map(readTable(this.readText("stock.csv")).map((row) => [`${row.sku}@${row.warehouse}`, row]));

    const reservations = [];
    const parcels = new Map(warehouses.map(({ code }) => [code, { units: 0, weight_grams: 0 }]));
    for (const line of cart.lines) {
      for (const [code, quantity] of this.#allocate(line, warehouses, stock)) {
        const row = stock.get(`${line.sku}@${code}`);
        const left = available(row) - quantity;
        reservations.push({
          reservation_id: reference("RES", task.context.order_reference, line.sku, code),
          line: line.line,
          sku: line.sku,
          warehouse: code,
          quantity,
          left,
          reorder: left <= Number(row.reorder_point),
        });
        const parcel = parcels.get(code);
        parcel.units += quantity;
        parcel.weight_grams += quantity * line.unit_weight_grams;
      }
    }
    return {
      reservations,
      parcels: warehouses
        .filter(({ code }) => parcels.get(code).units > 0)
        .map(({ code, handling_days }) => ({
          warehouse: code,
          ...parcels.get(code),
          handling_days: Number(handling_days),
        })),
      units: sumOf(reservations, (entry) => entry.quantity),
      reorder_skus: [...new Set(reservations.filter((entry) => entry.reorder).map((entry) => entry.sku))].sort(),
    };
  }

  /** Pairs of warehouse and quantity, from the nearest warehouse on. */
  #allocate({ sku, quantity: wanted }, warehouses, stock) {
    const offers = warehouses
      .filter(({ code }) => stock.has(`${sku}@${code}`))
      .map(({ code }) => [code, available(stock.get(`${sku}@${code}`))]);
    const whole = offers.find(([, quantity]) => quantity >= wanted);
    if (whole) return [[whole[0], wanted]];

    const allocation = [];
    let missing = wanted;
    for (const [code, quantity] of offers) {
      const taken = Math.min(quantity, missing);
      if (taken > 0) allocation.push([code, taken]);
      missing -= taken;
    }
    if (missing > 0) {
      throw new PermanentError(`${sku} is out of stock: ${wanted} wanted, ${wanted - missing} available`, {
        errorCode: "OUT_OF_STOCK",
        context: { sku, wanted, available: wanted - missing },
      });
    }
    return allocation;
  }
}

/** Takes the money. The gateway is simulated: it times out as often as the order asks for. */
export class ChargePayment extends StepHandler {
  process(task, sequence, step) {
    const cart = sequence.resultsOf("validate_cart");
    const { payment } = task.context;
    const amount = cart.total_cents;
    const fee = readTable(this.readText("payment_fees.csv")).find((row) => row.method === payment.method);
    if (!fee) {
      throw new PermanentError(`cannot pay by ${payment.method}`, { errorCode: "PAYMENT_METHOD_NOT_SUPPORTED" });
    }
    const approved = payment.amount_cents ?? amount;
    if (approved !== amount) {
      throw new PermanentError(`the customer approved ${approved} cents, the order costs ${amount}`, {
        errorCode: "AMOUNT_MISMATCH",
        context: { approved_cents: approved, total_cents: amount },
      });
    }
    if (amount > Number(fee.limit_cents)) {
      throw new PermanentError(`${amount} cents are above the limit`, { errorCode: "PAYMENT_LIMIT_EXCEEDED" });
    }
    if (payment.token.endsWith("_declined")) {
      throw new PermanentError("the payment was declined", { errorCode: "PAYMENT_DECLINED" });
    }
    if (step.attempts <= (payment.fail_attempts ?? 0)) {
      throw new RetryableError("the payment gateway timed out", { context: { attempt: step.attempts } });
    }

    const feeCents = Number(fee.fixed_cents) + rateOf(amount, Number(fee.basis_points));
    return {
      payment_id: reference("PAY", task.context.order_reference, payment.token, amount),
      status: "captured",
      method: payment.method,
      currency: cart.currency,
      amount_cents: amount,
      fee_cents: feeCents,
      payout_cents: amount - feeCents,
    };
  }
}

/** Brings cart, stock and payment together into the order. */
export class CreateOrder extends StepHandler {
  process(task, sequence) {
    const cart = sequence.resultsOf("validate_cart");
    const inventory = sequence.resultsOf("reserve_inventory");
    const payment = sequence.resultsOf("charge_payment");
    const { order_reference, customer } = task.context;
    const parcels = Array.from(inventory.parcels, (parcel, index) => ({
      parcel: index + 1,
      warehouse: parcel.warehouse,
      units: parcel.units,
      weight_grams: parcel.weight_grams,
      arrives_in_days: parcel.handling_days + cart.shipping.transit_days,
    }));
    return {
      order_number: reference("ORD", order_reference, payment.payment_id),
      order_reference,
      status: "confirmed",
      customer_id: customer.id,
      payment_id: payment.payment_id,
      currency: cart.currency,
      lines: Array.from(cart.lines, (line) => this.#line(line, inventory.reservations)),
      parcels,
      delivered_in_days: Math.max(...parcels.map((parcel) => parcel.arrives_in_days)),
      subtotal_cents: cart.subtotal_cents,
      discount_cents: cart.discount.cents,
      shipping_cents: cart.shipping.cents,
      tax_cents: cart.tax_cents,
      total_cents: cart.total_cents,
    };
  }

  #line(line, reservations) {
    return {
      line: line.line,
      sku: line.sku,
      name: line.name,
      quantity: line.quantity,
      amount_cents: line.net_cents + line.tax_cents,
      warehouses: [...reservations].filter((entry) => entry.line === line.line).map((entry) => entry.warehouse),
    };
  }
}

/** Writes the message to the customer. */
export class SendConfirmation extends StepHandler {
  process(task, sequence) {
    const order = sequence.resultsOf("create_order");
    const cart = sequence.resultsOf("validate_cart");
    const { customer, shipping_address: address, gift_note: note = null } = task.context;
    const parcels = order.parcels.length;

    const text = [`Hello ${customer.name},`, "", `thank you for your order ${order.order_number}.`, ""];
    for (const line of cart.lines) text.push(amountLine(`${line.quantity} x ${line.name}`, line.gross_cents));
    if (cart.discount.cents > 0) text.push(amountLine(`Discount ${cart.discount.code}`, -cart.discount.cents));
    text.push(
      amountLine("Shipping", order.shipping_cents),
      amountLine("Tax", order.tax_cents),
      amountLine(`Total ${order.currency}`, order.total_cents),
      "",
      `It comes in ${parcels} ${parcels === 1 ? "parcel" : "parcels"} within ${order.delivered_in_days} days to:`,
      `${address.name}, ${address.street}, ${address.postal_code} ${address.city}, ${address.country}`,
    );
    if (note !== null) text.push("", `Your note: ${note}`);
    return {
      channel: "email",
      to: customer.email,
      subject: `Your order ${order.order_number}`,
      body: `${text.join("\n")}\n`,
    };
  }
}

/** Books the order per category and per warehouse. */
export class UpdateAnalytics extends StepHandler {
  process(task, sequence) {
    const cart = sequence.resultsOf("validate_cart");
    const order = sequence.resultsOf("create_order");
    const payment = sequence.resultsOf("charge_payment");
    return {
      order_number: order.order_number,
      country: task.context.shipping_address.country,
      basket: this.#basket(cart.subtotal_cents),
      categories: this.#categories(cart.lines, payment.fee_cents),
      warehouses: sortedBy(
        Array.from(order.parcels, ({ warehouse, units }) => ({ warehouse, units })),
        (parcel) => [parcel.warehouse],
      ),
    };
  }

  #basket(subtotal) {
    if (subtotal < this.config.small_below_cents) return "small";
    return subtotal >= this.config.large_from_cents ? "large" : "medium";
  }

  #categories(lines, feeCents) {
    const totals = new Map();
    for (const { category, ...line } of Array.from(lines, categoryAmounts)) {
      const total = totals.get(category) ?? { category, units: 0, gross_cents: 0, discount_cents: 0, net_cents: 0 };
      for (const name of Object.keys(line)) total[name] += line[name];
      totals.set(category, total);
    }
    const ranked = sortedBy([...totals.values()], (total) => [-total.net_cents, total.category]);
    const net = ranked.map((total) => total.net_cents);
    const shares = splitInProportion(10000, net);
    const fees = splitInProportion(feeCents, net);
    return ranked.map((total, index) => ({
      ...total,
      share_basis_points: shares[index],
      after_fees_cents: total.net_cents - fees[index],
    }));
  }
}

function categoryAmounts({ category, quantity, gross_cents, discount_cents, net_cents }) {
  return { category, units: quantity, gross_cents, discount_cents, net_cents };
}

/** Rows of a comma-separated file as objects; the files have no quoted fields. */
function readTable(text) {
  const [header, ...rows] = text.split("\n").filter(Boolean).map((line) => line.split(","));
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index]])));
}

function available(stockRow) {
  return Number(stockRow.on_hand) - Number(stockRow.reserved);
}

function sumOf(items, value = (item) => item) {
  return items.reduce((sum, item) => sum + value(item), 0);
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

function quotient(dividend, divisor) {
  return (dividend - (dividend % divisor)) / divisor;
}

/** A share of an amount, rounded half up. */
function rateOf(amount, basisPoints) {
  return quotient(amount * basisPoints + 5000, 10000);
}

/** Parts of an amount that add up to it; what rounding leaves goes to the largest remainders. */
function splitInProportion(amount, weights) {
  const total = sumOf(weights);
  const parts = weights.map((weight) => quotient(amount * weight, total));
  const byRemainder = sortedBy([...weights.keys()], (index) => [-((amount * weights[index]) % total), index]);
  for (const index of byRemainder.slice(0, amount - sumOf(parts))) parts[index] += 1;
  return parts;
}

/** A number that follows from the input alone, so that a repeated attempt gives the same one. */
function reference(prefix, ...parts) {
  let number = 7;
  for (const character of parts.join("|")) number = (number * 31 + character.codePointAt(0)) % 9999999967;
  return `${prefix}-${String(number).padStart(10, "0")}`;
}

function amountLine(label, cents) {
  const digits = String(Math.abs(cents)).padStart(3, "0");
  const amount = `${cents < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
  return `  ${label.padEnd(34)}${amount.padStart(10)}`;
}
