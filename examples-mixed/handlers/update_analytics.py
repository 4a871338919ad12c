from tasker import StepHandler


class UpdateAnalytics(StepHandler):
    """Books the order per category and per warehouse."""

    handler_name = "mixed.update_analytics"

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


def split_in_proportion(amount, weights):
    """Parts of an amount that add up to it; what rounding leaves goes to the largest remainders."""
    total = sum(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-(amount * weights[index] % total), index))
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return parts
