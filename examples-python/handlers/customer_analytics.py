"""Customer analytics: from exported tables to a dashboard and notifications.

All amounts are integers in cents and all rates are integers in basis points (1/100 of a percent).
Dates are ISO 8601 text, which sorts and compares as dates do.
"""

from tasker import PermanentError, StepHandler

SEVERITIES = ["critical", "warning", "info"]


class ExtractOrders(StepHandler):
    """Reads the orders of the date range, and reports the rows that cannot be read."""

    FIELDS = 9
    NUMBERS = ((4, "quantity"), (5, "unit_price_cents"), (6, "discount_cents"))

    def process(self, task, sequence, step):
        start, end = date_range(task)
        rows, malformed = [], []
        out_of_range = cancelled = 0
        table = read_rows(self.read_text("orders.csv"))
        for number, fields in enumerate(table, start=2):
            problem = self._problem(fields)
            if problem is not None:
                malformed.append({"line": number, "problem": problem})
                continue
            order_id, ordered_on, user_id, product_id, quantity, price, discount, status, channel = fields
            if not start <= ordered_on <= end:
                out_of_range += 1
            elif status == "cancelled":
                cancelled += 1
            else:
                net = int(quantity) * int(price) - int(discount)
                rows.append([order_id, ordered_on, user_id, product_id, int(quantity), net, status, channel])
        return {
            "columns": [
                "order_id", "ordered_on", "user_id", "product_id", "quantity", "net_cents", "status", "channel",
            ],
            "rows": rows,
            "rows_read": len(table),
            "out_of_range": out_of_range,
            "cancelled": cancelled,
            "malformed": malformed,
        }

    def _problem(self, fields):
        if len(fields) != self.FIELDS:
            return f"{self.FIELDS} fields expected, {len(fields)} found"
        for index, name in self.NUMBERS:
            if not fields[index].isdigit():
                return f"{name} is no whole number: {fields[index]}"
        return None


class ExtractUsers(StepHandler):
    """Reads the users who had signed up by the end of the date range."""

    def process(self, task, sequence, step):
        _, end = date_range(task)
        table = read_rows(self.read_text("users.csv"))
        rows = [fields for fields in table if fields[3] <= end]
        return {
            "columns": ["user_id", "country", "plan", "signed_up_on"],
            "rows": rows,
            "rows_read": len(table),
        }


class ExtractProducts(StepHandler):
    """Reads the products with their cost and stock."""

    def process(self, task, sequence, step):
        rows = [
            [product_id, name, category, int(cost), int(stock)]
            for product_id, name, category, _, cost, stock in read_rows(self.read_text("products.csv"))
        ]
        return {"columns": ["product_id", "name", "category", "cost_cents", "stock_on_hand"], "rows": rows}


class TransformCustomerMetrics(StepHandler):
    """Joins orders with users: segments, countries, plans, the best customers."""

    SEGMENTS = ("vip", "loyal", "regular", "one_time", "inactive")

    def process(self, task, sequence, step):
        thresholds = task.context["thresholds"]
        start, _ = date_range(task)
        customers = {
            row[0]: {
                "user_id": row[0], "country": row[1], "plan": row[2], "signed_up_on": row[3],
                "orders": 0, "refunds": 0, "revenue_cents": 0, "last_order_on": "",
            }
            for row in sequence.results_of("extract_users")["rows"]
        }
        unknown = {"orders": 0, "revenue_cents": 0}
        months, amounts = {}, []
        for row in sequence.results_of("extract_orders")["rows"]:
            _, ordered_on, user_id, _, _, net, status, _ = row
            customer = customers.get(user_id)
            if status == "refunded":
                if customer:
                    customer["refunds"] += 1
            elif customer is None:
                unknown["orders"] += 1
                unknown["revenue_cents"] += net
            else:
                customer["orders"] += 1
                customer["revenue_cents"] += net
                customer["last_order_on"] = max(customer["last_order_on"], ordered_on)
                months.setdefault(ordered_on[:7], set()).add(user_id)
                amounts.append(net)

        active = [customer for customer in customers.values() if customer["orders"] > 0]
        return {
            "active_customers": len(active),
            "new_customers": sum(1 for customer in active if customer["signed_up_on"] >= start),
            "repeat_rate_basis_points": ratio(sum(1 for customer in active if customer["orders"] > 1), len(active)),
            "median_order_cents": sorted(amounts)[(len(amounts) - 1) // 2] if amounts else 0,
            "unknown_users": unknown,
            "segments": self._segments(customers.values(), thresholds),
            "countries": self._totals_by("country", active),
            "plans": self._totals_by("plan", active),
            "top_customers": self._top_customers(active, thresholds["top"]),
            "monthly_active": [
                {"month": month, "customers": len(months[month])} for month in sorted(months)
            ],
        }

    def _segments(self, customers, thresholds):
        totals = {
            name: {"segment": name, "customers": 0, "orders": 0, "revenue_cents": 0} for name in self.SEGMENTS
        }
        for customer in customers:
            total = totals[self._segment(customer, thresholds)]
            total["customers"] += 1
            total["orders"] += customer["orders"]
            total["revenue_cents"] += customer["revenue_cents"]
        revenue = sum(total["revenue_cents"] for total in totals.values())
        for total in totals.values():
            total["share_basis_points"] = ratio(total["revenue_cents"], revenue)
        return list(totals.values())

    def _segment(self, customer, thresholds):
        if customer["orders"] == 0:
            return "inactive"
        if customer["revenue_cents"] >= thresholds["vip_revenue_cents"]:
            return "vip"
        if customer["orders"] >= thresholds["loyal_orders"]:
            return "loyal"
        return "one_time" if customer["orders"] == 1 else "regular"

    def _totals_by(self, field, customers):
        totals = {}
        for customer in customers:
            total = totals.setdefault(
                customer[field], {field: customer[field], "customers": 0, "orders": 0, "revenue_cents": 0}
            )
            total["customers"] += 1
            total["orders"] += customer["orders"]
            total["revenue_cents"] += customer["revenue_cents"]
        return sorted(totals.values(), key=lambda total: (-total["revenue_cents"], total[field]))

    def _top_customers(self, customers, limit):
        best = sorted(customers, key=lambda customer: (-customer["revenue_cents"], customer["user_id"]))[:limit]
        return [
            {
                "user_id": customer["user_id"],
                "country": customer["country"],
                "orders": customer["orders"],
                "refunds": customer["refunds"],
                "revenue_cents": customer["revenue_cents"],
                "average_order_cents": customer["revenue_cents"] // customer["orders"],
                "last_order_on": customer["last_order_on"],
            }
            for customer in best
        ]


class TransformProductMetrics(StepHandler):
    """Joins orders with products: best sellers, margins, refunds, stock that runs out."""

    def process(self, task, sequence, step):
        thresholds = task.context["thresholds"]
        products = {
            row[0]: {
                "product_id": row[0], "name": row[1], "category": row[2], "unit_cost_cents": row[3],
                "stock_on_hand": row[4], "orders": 0, "refunds": 0, "units": 0, "revenue_cents": 0, "cost_cents": 0,
            }
            for row in sequence.results_of("extract_products")["rows"]
        }
        unknown = {"orders": 0, "revenue_cents": 0}
        months = {}
        for row in sequence.results_of("extract_orders")["rows"]:
            _, ordered_on, _, product_id, quantity, net, status, _ = row
            product = products.get(product_id)
            if product is None:
                unknown["orders"] += 1
                unknown["revenue_cents"] += net
                continue
            product["orders"] += 1
            if status == "refunded":
                product["refunds"] += 1
                continue
            product["units"] += quantity
            product["revenue_cents"] += net
            product["cost_cents"] += quantity * product["unit_cost_cents"]
            month = months.setdefault(ordered_on[:7], {"month": ordered_on[:7], "orders": 0, "revenue_cents": 0})
            month["orders"] += 1
            month["revenue_cents"] += net

        sold = [product for product in products.values() if product["units"] > 0]
        return {
            "products_sold": len(sold),
            "revenue_cents": sum(product["revenue_cents"] for product in sold),
            "margin_cents": sum(product["revenue_cents"] - product["cost_cents"] for product in sold),
            "unknown_products": unknown,
            "top_products": self._top_products(sold, thresholds["top"]),
            "categories": self._categories(sold),
            "monthly_revenue": [months[month] for month in sorted(months)],
            "often_refunded": self._often_refunded(products.values(), thresholds),
            "low_stock": self._low_stock(sold, len(months), thresholds),
        }

    def _top_products(self, sold, limit):
        best = sorted(sold, key=lambda product: (-product["revenue_cents"], product["product_id"]))[:limit]
        return [
            {
                "product_id": product["product_id"],
                "name": product["name"],
                "category": product["category"],
                "units": product["units"],
                "revenue_cents": product["revenue_cents"],
                "margin_basis_points": margin(product),
            }
            for product in best
        ]

    def _categories(self, sold):
        totals = {}
        for product in sold:
            total = totals.setdefault(
                product["category"],
                {"category": product["category"], "products": 0, "units": 0, "revenue_cents": 0, "cost_cents": 0},
            )
            total["products"] += 1
            for field in ("units", "revenue_cents", "cost_cents"):
                total[field] += product[field]
        revenue = sum(total["revenue_cents"] for total in totals.values())
        for total in totals.values():
            total["margin_basis_points"] = margin(total)
            total["share_basis_points"] = ratio(total["revenue_cents"], revenue)
        return sorted(totals.values(), key=lambda total: (-total["revenue_cents"], total["category"]))

    def _often_refunded(self, products, thresholds):
        found = [
            {
                "product_id": product["product_id"],
                "name": product["name"],
                "orders": product["orders"],
                "refunds": product["refunds"],
                "refund_rate_basis_points": ratio(product["refunds"], product["orders"]),
            }
            for product in products
            if product["orders"] >= thresholds["refund_min_orders"]
        ]
        return sorted(
            (entry for entry in found if entry["refund_rate_basis_points"] >= thresholds["refund_rate_basis_points"]),
            key=lambda entry: (-entry["refund_rate_basis_points"], entry["product_id"]),
        )

    def _low_stock(self, sold, months, thresholds):
        found = [
            {
                "product_id": product["product_id"],
                "name": product["name"],
                "stock_on_hand": product["stock_on_hand"],
                "units_sold": product["units"],
                # A month counts as 30 days.
                "cover_days": product["stock_on_hand"] * 30 * months // product["units"],
            }
            for product in sold
        ]
        return sorted(
            (entry for entry in found if entry["cover_days"] < thresholds["stock_cover_days"]),
            key=lambda entry: (entry["cover_days"], entry["product_id"]),
        )


class GenerateInsights(StepHandler):
    """Says what is remarkable about the figures, the most pressing first."""

    def process(self, task, sequence, step):
        thresholds = task.context["thresholds"]
        customers = sequence.results_of("transform_customer_metrics")
        products = sequence.results_of("transform_product_metrics")
        insights = [
            *self._revenue(products["monthly_revenue"], thresholds["revenue_change_basis_points"]),
            *self._refunds(products["often_refunded"]),
            *self._stock(products["low_stock"], thresholds["stock_cover_days"]),
            *self._shares(customers["segments"], products["categories"]),
            *self._data_quality(sequence.results_of("extract_orders"), customers, products),
        ]
        insights.sort(key=lambda entry: (SEVERITIES.index(entry["severity"]), entry["code"], entry["subject"]))
        return {
            "insights": insights,
            "counts": [
                {"severity": severity, "insights": sum(1 for entry in insights if entry["severity"] == severity)}
                for severity in SEVERITIES
            ],
        }

    def _revenue(self, months, threshold):
        """Months that differ from the average of the other months."""
        if len(months) < 2:
            return
        total = sum(month["revenue_cents"] for month in months)
        for month in months:
            usual = (total - month["revenue_cents"]) // (len(months) - 1)
            change = ratio(abs(month["revenue_cents"] - usual), usual)
            if change < threshold:
                continue
            fell = month["revenue_cents"] < usual
            yield insight(
                "REVENUE_DROP" if fell else "REVENUE_RISE",
                ("critical" if change >= 2 * threshold else "warning") if fell else "info",
                month["month"],
                change,
                f"revenue was {percent(change)} {'below' if fell else 'above'} the other months",
            )

    def _refunds(self, products):
        for product in products:
            rate = product["refund_rate_basis_points"]
            yield insight(
                "HIGH_REFUND_RATE", "warning", product["product_id"], rate,
                f"{product['refunds']} of {product['orders']} orders of {product['name']} were sent back",
            )

    def _stock(self, products, threshold):
        for product in products:
            days = product["cover_days"]
            yield insight(
                "LOW_STOCK", "critical" if days * 4 < threshold else "warning", product["product_id"], days,
                f"{product['name']} lasts {days} more days",
            )

    def _shares(self, segments, categories):
        for segment in segments:
            if segment["segment"] == "vip" and segment["customers"] > 0:
                share = segment["share_basis_points"]
                yield insight(
                    "VIP_SHARE", "info", "vip", share,
                    f"{segment['customers']} customers bring {percent(share)} of the revenue",
                )
        if len(categories) > 0:
            best = categories[0]
            yield insight(
                "BEST_CATEGORY", "info", best["category"], best["share_basis_points"],
                f"{best['category']} bring {percent(best['share_basis_points'])} of the revenue",
            )

    def _data_quality(self, orders, customers, products):
        findings = [
            ("malformed_rows", len(orders["malformed"]), "order rows that cannot be read"),
            ("unknown_products", products["unknown_products"]["orders"], "orders of an unknown product"),
            ("unknown_users", customers["unknown_users"]["orders"], "orders of an unknown user"),
        ]
        for subject, count, text in findings:
            if count > 0:
                yield insight("DATA_QUALITY", "info", subject, count, f"{text}: {count}")


class UpdateDashboard(StepHandler):
    """Puts the figures into the form in which the dashboard shows them."""

    BAR_WIDTH = 24

    def process(self, task, sequence, step):
        customers = sequence.results_of("transform_customer_metrics")
        products = sequence.results_of("transform_product_metrics")
        insights = sequence.results_of("generate_insights")
        start, end = date_range(task)
        tiles = [
            {"title": "Revenue", "value": money(products["revenue_cents"])},
            {"title": "Margin", "value": percent(ratio(products["margin_cents"], products["revenue_cents"]))},
            {"title": "Active customers", "value": str(customers["active_customers"])},
            {"title": "New customers", "value": str(customers["new_customers"])},
            {"title": "Repeat rate", "value": percent(customers["repeat_rate_basis_points"])},
            {"title": "Median order", "value": money(customers["median_order_cents"])},
            *(
                {"title": f"Insights: {count['severity']}", "value": str(count["insights"])}
                for count in insights["counts"]
            ),
        ]
        chart = self._chart(products["monthly_revenue"])
        return {
            "title": f"Customers and products, {start} to {end}",
            "tiles": tiles,
            "chart": chart,
            "revision": checksum([f"{tile['title']}={tile['value']}" for tile in tiles] + chart),
        }

    def _chart(self, months):
        highest = max((month["revenue_cents"] for month in months), default=0)
        return [
            f"{month['month']} {'#' * (month['revenue_cents'] * self.BAR_WIDTH // max(highest, 1))} "
            f"{money(month['revenue_cents'])}"
            for month in months
        ]


class SendNotifications(StepHandler):
    """Tells each recipient the insights that are severe enough for it."""

    def process(self, task, sequence, step):
        dashboard = sequence.results_of("update_dashboard")
        insights = sequence.results_of("generate_insights")["insights"]
        notifications = []
        skipped = []
        for recipient in task.context["notify"]:
            limit = SEVERITIES.index(recipient["minimum_severity"])
            chosen = [entry for entry in insights if SEVERITIES.index(entry["severity"]) <= limit]
            if chosen:
                notifications.append(self._notification(recipient, chosen, dashboard))
            else:
                skipped.append(recipient["address"])
        return {"sent": len(notifications), "notifications": notifications, "skipped": skipped}

    def _notification(self, recipient, insights, dashboard):
        shown = insights[: self.config["max_lines"]]
        lines = [f"[{entry['severity']}] {entry['subject']}: {entry['message']}" for entry in shown]
        if len(insights) > len(shown):
            lines.append(f"and {len(insights) - len(shown)} more")
        return {
            "channel": recipient["channel"],
            "address": recipient["address"],
            "subject": f"{dashboard['title']}: {len(insights)} insights",
            "body": "\n".join([*lines, f"Dashboard revision {dashboard['revision']}"]) + "\n",
        }


def date_range(task):
    start = task.context["date_range"]["start_date"]
    end = task.context["date_range"]["end_date"]
    if end < start:
        raise PermanentError(f"the date range ends before it starts: {start} to {end}", error_code="BAD_DATE_RANGE")
    return start, end


def read_rows(text):
    """Rows of a comma-separated file as lists, without its header; the files have no quoted fields."""
    return [line.split(",") for line in text.split("\n") if line][1:]


def ratio(part, whole):
    """A part of a whole in basis points, rounded down; 0 of nothing."""
    return part * 10000 // whole if whole else 0


def margin(total):
    return ratio(total["revenue_cents"] - total["cost_cents"], total["revenue_cents"])


def insight(code, severity, subject, value, message):
    return {"code": code, "severity": severity, "subject": subject, "value": value, "message": message}


def money(cents):
    return f"{cents // 100}.{cents % 100:02d} EUR"


def percent(basis_points):
    return f"{basis_points // 100}.{basis_points % 100:02d} %"


def checksum(lines):
    """A number that follows from the text alone; equal content has an equal revision."""
    number = 7
    for character in "\n".join(lines):
        number = (number * 31 + ord(character)) % 9999999967
    return f"{number:010d}"
