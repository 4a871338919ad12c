"""Order fulfilment: from a cart to a confirmed order.

All amounts are integers in cents and all rates are integers in basis points (1/100 of a percent).
"""

from tasker import PermanentError, RetryableError, StepHandler


class ValidateCart(StepHandler):
    """Checks the cart against the catalogue, and prices it."""

    def process(self, task, sequence, step):
        order = task.context
        if order["payment"]["currency"] != self.config["currency"]:
            raise PermanentError(
                f"prices are in {self.config['currency']}, not {order['payment']['currency']}",
                error_code="CURRENCY_NOT_SUPPORTED",
            )
        lines = self._lines(order["items"])
        subtotal = sum(line["gross_cents"] for line in lines)
        discount = self._discount(optional(order, "discount_code"), lines, subtotal)

        tax_rate = order["tax_rate_basis_points"]
        for line, share in zip(lines, discount["shares"]):
            line["discount_cents"] = share
            line["net_cents"] = line["gross_cents"] - share
            line["tax_cents"] = rate_of(line["net_cents"], tax_rate)
        goods = subtotal - discount["cents"]
        weight = sum(line["weight_grams"] for line in lines)
        shipping = self._shipping(order["shipping_address"]["country"], weight, goods)
        tax = sum(line["tax_cents"] for line in lines) + rate_of(shipping["cents"], tax_rate)
        return {
            "currency": self.config["currency"],
            "lines": lines,
            "item_count": sum(line["quantity"] for line in lines),
            "weight_grams": weight,
            "subtotal_cents": subtotal,
            "discount": {"code": discount["code"], "cents": discount["cents"]},
            "shipping": shipping,
            "tax_cents": tax,
            "total_cents": goods + shipping["cents"] + tax,
        }

    def _lines(self, items):
        catalog = {row["sku"]: row for row in read_table(self.read_text("catalog.csv"))}
        lines = []
        seen = set()
        for number, item in enumerate(items, start=1):
            sku, quantity = item["sku"], item["quantity"]
            if sku not in catalog:
                raise PermanentError(f"line {number}: there is no {sku}", error_code="UNKNOWN_SKU")
            if sku in seen:
                raise PermanentError(f"line {number}: {sku} is listed twice", error_code="DUPLICATE_SKU")
            seen.add(sku)
            product = catalog[sku]
            price = int(product["price_cents"])
            if item["unit_price_cents"] != price:
                raise PermanentError(
                    f"line {number}: {sku} costs {price}, not {item['unit_price_cents']}",
                    error_code="PRICE_CHANGED",
                    context={"sku": sku, "price_cents": price},
                )
            if quantity > int(product["max_per_order"]):
                raise PermanentError(
                    f"line {number}: at most {product['max_per_order']} of {sku} per order",
                    error_code="QUANTITY_TOO_LARGE",
                )
            unit_weight = int(product["weight_grams"])
            lines.append(
                {
                    "line": number,
                    "sku": sku,
                    "name": product["name"],
                    "category": product["category"],
                    "quantity": quantity,
                    "unit_price_cents": price,
                    "unit_weight_grams": unit_weight,
                    "weight_grams": unit_weight * quantity,
                    "gross_cents": price * quantity,
                }
            )
        return lines

    def _discount(self, code, lines, subtotal):
        if code is None:
            return {"code": None, "cents": 0, "shares": [0] * len(lines)}
        offers = {row["code"]: row for row in read_table(self.read_text("discounts.csv"))}
        if code not in offers:
            raise PermanentError(f"there is no discount {code}", error_code="UNKNOWN_DISCOUNT")
        offer = offers[code]
        eligible = [
            line["gross_cents"] if offer["category"] in ("", line["category"]) else 0 for line in lines
        ]
        base = sum(eligible)
        if subtotal < int(offer["min_subtotal_cents"]) or base == 0:
            raise PermanentError(f"discount {code} does not apply to this cart", error_code="DISCOUNT_NOT_APPLICABLE")
        value = int(offer["value"])
        wanted = rate_of(base, value) if offer["kind"] == "percent" else value
        cents = min(wanted, int(offer["max_discount_cents"]), base)
        return {"code": code, "cents": cents, "shares": split_in_proportion(cents, eligible)}

    def _shipping(self, country, weight, goods):
        zone = "domestic" if country == self.config["home_country"] else "europe"
        for rate in read_table(self.read_text("shipping_rates.csv")):
            if rate["zone"] == zone and weight <= int(rate["up_to_grams"]):
                free = zone == "domestic" and goods >= self.config["free_shipping_from_cents"]
                return {
                    "zone": zone,
                    "cents": 0 if free else int(rate["price_cents"]),
                    "transit_days": int(rate["transit_days"]),
                }
        raise PermanentError(f"{weight} g are too heavy to ship", error_code="TOO_HEAVY")


class ReserveInventory(StepHandler):
    """Finds a warehouse for each line, several if no single one has enough."""

    def process(self, task, sequence, step):
        cart = sequence.results_of("validate_cart")
        country = task.context["shipping_address"]["country"]
        warehouses = sorted(
            read_table(self.read_text("warehouses.csv")),
            key=lambda row: (row["country"] != country, int(row["priority"]), row["code"]),
        )
        stock = {(row["sku"], row["warehouse"]): row for row in read_table(self.read_text("stock.csv"))}

        reservations = []
        parcels = {row["code"]: {"units": 0, "weight_grams": 0} for row in warehouses}
        for line in cart["lines"]:
            for code, quantity in self._allocate(line, warehouses, stock):
                row = stock[line["sku"], code]
                reservations.append(
                    {
                        "reservation_id": reference(
                            "RES", task.context["order_reference"], line["sku"], code
                        ),
                        "line": line["line"],
                        "sku": line["sku"],
                        "warehouse": code,
                        "quantity": quantity,
                        "left": available(row) - quantity,
                        "reorder": available(row) - quantity <= int(row["reorder_point"]),
                    }
                )
                parcels[code]["units"] += quantity
                parcels[code]["weight_grams"] += quantity * line["unit_weight_grams"]
        return {
            "reservations": reservations,
            "parcels": [
                {
                    "warehouse": row["code"],
                    "units": parcels[row["code"]]["units"],
                    "weight_grams": parcels[row["code"]]["weight_grams"],
                    "handling_days": int(row["handling_days"]),
                }
                for row in warehouses
                if parcels[row["code"]]["units"] > 0
            ],
            "units": sum(reservation["quantity"] for reservation in reservations),
            "reorder_skus": sorted({entry["sku"] for entry in reservations if entry["reorder"]}),
        }

    def _allocate(self, line, warehouses, stock):
        """Pairs of warehouse and quantity, from the nearest warehouse on."""
        sku, wanted = line["sku"], line["quantity"]
        offers = [
            (row["code"], available(stock[sku, row["code"]])) for row in warehouses if (sku, row["code"]) in stock
        ]
        for code, quantity in offers:
            if quantity >= wanted:
                return [(code, wanted)]

        allocation = []
        missing = wanted
        for code, quantity in offers:
            taken = min(quantity, missing)
            if taken > 0:
                allocation.append((code, taken))
                missing -= taken
        if missing > 0:
            raise PermanentError(
                f"{sku} is out of stock: {wanted} wanted, {wanted - missing} available",
                error_code="OUT_OF_STOCK",
                context={"sku": sku, "wanted": wanted, "available": wanted - missing},
            )
        return allocation


class ChargePayment(StepHandler):
    """Takes the money. The gateway is simulated: it times out as often as the order asks for."""

    def process(self, task, sequence, step):
        cart = sequence.results_of("validate_cart")
        payment = task.context["payment"]
        amount = cart["total_cents"]
        fees = {row["method"]: row for row in read_table(self.read_text("payment_fees.csv"))}
        if payment["method"] not in fees:
            raise PermanentError(f"cannot pay by {payment['method']}", error_code="PAYMENT_METHOD_NOT_SUPPORTED")
        fee = fees[payment["method"]]
        approved = optional(payment, "amount_cents")
        if approved is not None and approved != amount:
            raise PermanentError(
                f"the customer approved {approved} cents, the order costs {amount}",
                error_code="AMOUNT_MISMATCH",
                context={"approved_cents": approved, "total_cents": amount},
            )
        if amount > int(fee["limit_cents"]):
            raise PermanentError(f"{amount} cents are above the limit", error_code="PAYMENT_LIMIT_EXCEEDED")
        if payment["token"].endswith("_declined"):
            raise PermanentError("the payment was declined", error_code="PAYMENT_DECLINED")
        if step.attempts <= (optional(payment, "fail_attempts") or 0):
            raise RetryableError("the payment gateway timed out", context={"attempt": step.attempts})

        fee_cents = int(fee["fixed_cents"]) + rate_of(amount, int(fee["basis_points"]))
        return {
            "payment_id": reference("PAY", task.context["order_reference"], payment["token"], str(amount)),
            "status": "captured",
            "method": payment["method"],
            "currency": cart["currency"],
            "amount_cents": amount,
            "fee_cents": fee_cents,
            "payout_cents": amount - fee_cents,
        }


class CreateOrder(StepHandler):
    """Brings cart, stock and payment together into the order."""

    def process(self, task, sequence, step):
        cart = sequence.results_of("validate_cart")
        inventory = sequence.results_of("reserve_inventory")
        payment = sequence.results_of("charge_payment")
        order_reference = task.context["order_reference"]
        parcels = [
            {
                "parcel": number,
                "warehouse": parcel["warehouse"],
                "units": parcel["units"],
                "weight_grams": parcel["weight_grams"],
                "arrives_in_days": parcel["handling_days"] + cart["shipping"]["transit_days"],
            }
            for number, parcel in enumerate(inventory["parcels"], start=1)
        ]
        return {
            "order_number": reference("ORD", order_reference, payment["payment_id"]),
            "order_reference": order_reference,
            "status": "confirmed",
            "customer_id": task.context["customer"]["id"],
            "payment_id": payment["payment_id"],
            "currency": cart["currency"],
            "lines": [self._line(line, inventory["reservations"]) for line in cart["lines"]],
            "parcels": parcels,
            "delivered_in_days": max(parcel["arrives_in_days"] for parcel in parcels),
            "subtotal_cents": cart["subtotal_cents"],
            "discount_cents": cart["discount"]["cents"],
            "shipping_cents": cart["shipping"]["cents"],
            "tax_cents": cart["tax_cents"],
            "total_cents": cart["total_cents"],
        }

    def _line(self, line, reservations):
        return {
            "line": line["line"],
            "sku": line["sku"],
            "name": line["name"],
            "quantity": line["quantity"],
            "amount_cents": line["net_cents"] + line["tax_cents"],
            "warehouses": [entry["warehouse"] for entry in reservations if entry["line"] == line["line"]],
        }


class SendConfirmation(StepHandler):
    """Writes the message to the customer."""

    def process(self, task, sequence, step):
        order = sequence.results_of("create_order")
        cart = sequence.results_of("validate_cart")
        customer = task.context["customer"]
        address = task.context["shipping_address"]
        parcels = len(order["parcels"])

        text = [f"Hello {customer['name']},", "", f"thank you for your order {order['order_number']}.", ""]
        for line in cart["lines"]:
            text.append(amount_line(f"{line['quantity']} x {line['name']}", line["gross_cents"]))
        if cart["discount"]["cents"] > 0:
            text.append(amount_line(f"Discount {cart['discount']['code']}", -cart["discount"]["cents"]))
        text.append(amount_line("Shipping", order["shipping_cents"]))
        text.append(amount_line("Tax", order["tax_cents"]))
        text.append(amount_line(f"Total {order['currency']}", order["total_cents"]))
        text.append("")
        text.append(
            f"It comes in {parcels} {'parcel' if parcels == 1 else 'parcels'} "
            f"within {order['delivered_in_days']} days to:"
        )
        text.append(
            f"{address['name']}, {address['street']}, {address['postal_code']} {address['city']}, {address['country']}"
        )
        note = optional(task.context, "gift_note")
        if note is not None:
            text += ["", f"Your note: {note}"]
        return {
            "channel": "email",
            "to": customer["email"],
            "subject": f"Your order {order['order_number']}",
            "body": "\n".join(text) + "\n",
        }


class UpdateAnalytics(StepHandler):
    """Books the order per category and per warehouse."""

    def process(self, task, sequence, step):
        cart = sequence.results_of("validate_cart")
        order = sequence.results_of("create_order")
        payment = sequence.results_of("charge_payment")
        return {
            "order_number": order["order_number"],
            "country": task.context["shipping_address"]["country"],
            "basket": self._basket(cart["subtotal_cents"]),
            "categories": self._categories(cart["lines"], payment["fee_cents"]),
            "warehouses": [
                {"warehouse": parcel["warehouse"], "units": parcel["units"]}
                for parcel in sorted(order["parcels"], key=lambda parcel: parcel["warehouse"])
            ],
        }

    def _basket(self, subtotal):
        if subtotal < self.config["small_below_cents"]:
            return "small"
        return "large" if subtotal >= self.config["large_from_cents"] else "medium"

    def _categories(self, lines, fee_cents):
        totals = {}
        for line in lines:
            total = totals.setdefault(
                line["category"],
                {"category": line["category"], "units": 0, "gross_cents": 0, "discount_cents": 0, "net_cents": 0},
            )
            total["units"] += line["quantity"]
            for amount in ("gross_cents", "discount_cents", "net_cents"):
                total[amount] += line[amount]

        ranked = sorted(totals.values(), key=lambda total: (-total["net_cents"], total["category"]))
        net = [total["net_cents"] for total in ranked]
        for total, share, fee in zip(ranked, split_in_proportion(10000, net), split_in_proportion(fee_cents, net)):
            total["share_basis_points"] = share
            total["after_fees_cents"] = total["net_cents"] - fee
        return ranked


def read_table(text):
    """Rows of a comma-separated file as dicts; the files have no quoted fields."""
    header, *rows = [line.split(",") for line in text.split("\n") if line]
    return [dict(zip(header, row)) for row in rows]


def optional(mapping, key):
    return mapping[key] if key in mapping else None


def available(stock_row):
    return int(stock_row["on_hand"]) - int(stock_row["reserved"])


def rate_of(amount, basis_points):
    """A share of an amount, rounded half up."""
    return (amount * basis_points + 5000) // 10000


def split_in_proportion(amount, weights):
    """Parts of an amount that add up to it; what rounding leaves goes to the largest remainders."""
    total = sum(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-(amount * weights[index] % total), index))
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return parts


def reference(prefix, *parts):
    """A number that follows from the input alone, so that a repeated attempt gives the same one."""
    number = 7
    for character in "|".join(parts):
        number = (number * 31 + ord(character)) % 9999999967
    return f"{prefix}-{number:010d}"


def amount_line(label, cents):
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"  {label:<34}" + f"{sign}{whole}.{rest:02d}".rjust(10)
