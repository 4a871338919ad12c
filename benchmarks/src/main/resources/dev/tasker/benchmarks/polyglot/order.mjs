/** Prices an order: its totals, and a line for each item. */
export function priced(order) {
  const lines = [];
  let quantity = 0;
  let net = 0;
  let tax = 0;
  for (const item of order.items) {
    const cents = item.quantity * item.unit_cents;
    const taxCents = Math.floor((cents * item.tax_percent + 50) / 100);
    lines.push({ sku: item.sku, quantity: item.quantity, net_cents: cents, tax_cents: taxCents });
    quantity += item.quantity;
    net += cents;
    tax += taxCents;
  }
  return {
    order_id: order.order_id,
    currency: order.currency,
    quantity,
    net_cents: net,
    tax_cents: tax,
    total_cents: net + tax,
    lines,
  };
}
