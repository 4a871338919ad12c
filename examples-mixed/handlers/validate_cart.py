from tasker import PermanentError, StepHandler


class ValidateCart(StepHandler):
    """Checks the cart against the catalogue, and prices it."""

    handler_name = "mixed.validate_cart"

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


def read_table(text):
    """Rows of a comma-separated file as dicts; the files have no quoted fields."""
    header, *rows = [line.split(",") for line in text.split("\n") if line]
    return [dict(zip(header, row)) for row in rows]


def optional(mapping, key):
    return mapping[key] if key in mapping else None


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
