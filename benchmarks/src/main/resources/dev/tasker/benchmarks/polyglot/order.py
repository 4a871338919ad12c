def priced(order):
    """Prices an order: its totals, and a line for each item."""
    lines = []
    quantity = net = tax = 0
    for item in order["items"]:
        cents = item["quantity"] * item["unit_cents"]
        tax_cents = (cents * item["tax_percent"] + 50) // 100
        lines.append({"sku": item["sku"], "quantity": item["quantity"], "net_cents": cents, "tax_cents": tax_cents})
        quantity += item["quantity"]
        net += cents
        tax += tax_cents
    return {
        "order_id": order["order_id"],
        "currency": order["currency"],
        "quantity": quantity,
        "net_cents": net,
        "tax_cents": tax,
        "total_cents": net + tax,
        "lines": lines,
    }
