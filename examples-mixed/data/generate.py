#!/usr/bin/env python3
"""Writes the data files of all example workflows, byte for byte the same on every machine.

    python3 examples-mixed/data/generate.py

Order fulfilment: catalogue, stock, warehouses, discounts, shipping rates and payment fees are
listed below and written to the four ``examples-*/templates/data`` folders.

Customer analytics: orders, users and products are drawn with a fixed seed and written to the three
single-language folders. The order file has what real exports have: rows with a missing column, with
text where a number belongs, users and products that do not exist (any more), a month in which
revenue fell, and a product that is often sent back.

The generator of random numbers is written out here, because ``random`` promises the same sequence
for ``random()`` only, not for the methods built on it.
"""

import datetime
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SEED = 20260114

CATALOG = """\
sku,name,category,price_cents,weight_grams,max_per_order
BK-1001,Field Guide to Alpine Flowers,books,2490,640,10
BK-1002,The Bread Atlas,books,3450,1180,10
BK-1003,Kleine Schule des Gärtnerns,books,1895,410,10
KT-2001,Enamel Kettle 1.6 l,kitchen,5490,1320,4
KT-2002,Carbon Steel Pan 28 cm,kitchen,6995,1890,4
KT-2003,Ash Wood Board,kitchen,3999,1450,6
KT-2004,Pepper Mill,kitchen,4299,520,6
GD-3001,Seed Box Spring,garden,1999,180,20
GD-3002,Forged Hand Trowel,garden,2799,390,12
GD-3003,Watering Can 9 l,garden,3290,1610,5
GD-3004,Jute Twine 100 m,garden,749,260,30
TX-4001,Linen Apron,textiles,4950,430,8
TX-4002,Tea Towel Set,textiles,2250,310,15
TX-4003,Wool Throw,textiles,11900,1240,3
"""

STOCK = """\
sku,warehouse,on_hand,reserved,reorder_point
BK-1001,BER,24,3,10
BK-1001,ROT,40,0,10
BK-1002,BER,6,2,5
BK-1002,LYO,18,1,5
BK-1003,BER,90,12,20
KT-2001,BER,3,1,4
KT-2001,ROT,9,2,4
KT-2001,LYO,12,0,4
KT-2002,ROT,7,0,3
KT-2002,LYO,5,4,3
KT-2003,BER,15,15,6
KT-2003,LYO,22,6,6
KT-2004,BER,31,4,8
GD-3001,BER,140,20,50
GD-3001,ROT,60,0,25
GD-3002,ROT,17,3,10
GD-3003,BER,2,2,3
GD-3003,ROT,4,0,3
GD-3003,LYO,1,0,3
GD-3004,BER,300,45,100
TX-4001,LYO,26,7,8
TX-4001,BER,4,0,4
TX-4002,ROT,55,10,15
TX-4003,LYO,5,3,2
"""

WAREHOUSES = """\
code,country,priority,handling_days
BER,DE,1,1
ROT,NL,2,2
LYO,FR,3,3
"""

DISCOUNTS = """\
code,kind,value,category,min_subtotal_cents,max_discount_cents
AUTUMN15,percent,1500,,5000,6000
KITCHEN20,percent,2000,kitchen,8000,5000
WELCOME10,fixed,1000,,3000,1000
"""

SHIPPING_RATES = """\
zone,up_to_grams,price_cents,transit_days
domestic,2000,390,1
domestic,10000,590,1
domestic,31500,990,2
europe,2000,890,3
europe,10000,1490,4
europe,31500,2490,5
"""

PAYMENT_FEES = """\
method,fixed_cents,basis_points,limit_cents
card,25,140,500000
wallet,10,190,100000
transfer,60,0,2000000
"""

ORDER_FILES = {
    "catalog.csv": CATALOG,
    "stock.csv": STOCK,
    "warehouses.csv": WAREHOUSES,
    "discounts.csv": DISCOUNTS,
    "shipping_rates.csv": SHIPPING_RATES,
    "payment_fees.csv": PAYMENT_FEES,
}

ORDERS = 3600
USERS = 420
PRODUCTS = 160
FIRST_DAY = datetime.date(2025, 4, 1)
LAST_DAY = datetime.date(2026, 6, 30)
WEAK_MONTH = (2026, 3)
OFTEN_RETURNED = 17

COUNTRIES = ["DE"] * 9 + ["FR"] * 5 + ["NL"] * 3 + ["AT"] * 2 + ["PL", "IT"]
PLANS = ["free"] * 6 + ["plus"] * 3 + ["pro"]
CHANNELS = ["web"] * 6 + ["app"] * 3 + ["store"]
CATEGORIES = {
    "books": (900, 4500),
    "electronics": (2900, 39000),
    "garden": (600, 9500),
    "kitchen": (1500, 16000),
    "textiles": (1200, 13000),
    "toys": (800, 7000),
}
ADJECTIVES = ["Alpine", "Nordic", "Compact", "Classic", "Folding", "Handmade", "Everyday", "Travel"]
NOUNS = {
    "books": ["Atlas", "Guide", "Almanac", "Reader"],
    "electronics": ["Lamp", "Speaker", "Charger", "Radio"],
    "garden": ["Trowel", "Planter", "Shears", "Lantern"],
    "kitchen": ["Kettle", "Pan", "Board", "Mill"],
    "textiles": ["Throw", "Apron", "Cushion", "Towel"],
    "toys": ["Puzzle", "Kite", "Train", "Blocks"],
}


class Draws:
    """A linear congruential generator (MMIX constants), taken from its upper bits."""

    def __init__(self, seed):
        self._state = seed

    def below(self, limit):
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self._state >> 33) % limit

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def of(self, choices):
        return choices[self.below(len(choices))]

    def percent(self, chance):
        return self.below(100) < chance


def day_between(draws, first, last):
    return first + datetime.timedelta(days=draws.below((last - first).days + 1))


def products(draws):
    rows = []
    for number in range(1, PRODUCTS + 1):
        category = draws.of(sorted(CATEGORIES))
        low, high = CATEGORIES[category]
        price = draws.between(low // 50, high // 50) * 50 - 5
        cost = price * draws.between(42, 78) // 100
        name = f"{draws.of(ADJECTIVES)} {draws.of(NOUNS[category])} {number:03d}"
        rows.append((f"P{number:04d}", name, category, price, cost, draws.between(0, 180)))
    return rows


def users(draws):
    rows = []
    for number in range(1, USERS + 1):
        signed_up = day_between(draws, datetime.date(2024, 1, 1), LAST_DAY)
        rows.append((f"U{number:05d}", draws.of(COUNTRIES), draws.of(PLANS), signed_up.isoformat()))
    return rows


def orders(draws, user_rows, product_rows):
    rows = []
    while len(rows) < ORDERS:
        day = day_between(draws, FIRST_DAY, LAST_DAY)
        if (day.year, day.month) == WEAK_MONTH and draws.percent(55):
            continue
        # The lower of two draws: a part of the customers and products makes most of the orders.
        user = user_rows[min(draws.below(USERS), draws.below(USERS))]
        position = min(draws.below(PRODUCTS), draws.below(PRODUCTS))
        product_id, _, _, price, _, _ = product_rows[position]
        quantity = draws.between(1, 4)
        discount = price * quantity * draws.of([0, 0, 0, 5, 10, 20]) // 100
        refunds = 38 if position == OFTEN_RETURNED else 4
        roll = draws.below(100)
        status = "refunded" if roll < refunds else "cancelled" if roll >= 96 else "completed"
        rows.append([day.isoformat(), user[0], product_id, quantity, price, discount, status, draws.of(CHANNELS)])
    rows.sort(key=lambda row: row[0])
    lines = []
    for number, row in enumerate(rows, start=1):
        fields = [f"O{number:06d}", *(str(value) for value in row)]
        damage = draws.below(300)
        if damage == 0:
            fields.pop()
        elif damage == 1:
            fields[4] = "n/a"
        elif damage == 2:
            fields[2] = "U99999"
        elif damage == 3:
            fields[3] = "P9999"
        elif damage == 4:
            fields[4] = "-" + fields[4]
        lines.append(fields)
    return lines


def csv(header, rows):
    for row in rows:
        # The handlers split at commas; a field that would need quoting must not come into being.
        assert not any("," in str(value) or '"' in str(value) for value in row), row
    return "\n".join([header, *(",".join(str(value) for value in row) for row in rows)]) + "\n"


def analytics_files():
    draws = Draws(SEED)
    product_rows = products(draws)
    user_rows = users(draws)
    order_rows = orders(draws, user_rows, product_rows)
    return {
        "orders.csv": csv(
            "order_id,ordered_on,user_id,product_id,quantity,unit_price_cents,discount_cents,status,channel",
            order_rows,
        ),
        "users.csv": csv("user_id,country,plan,signed_up_on", user_rows),
        "products.csv": csv("product_id,name,category,price_cents,cost_cents,stock_on_hand", product_rows),
    }


def main():
    analytics = analytics_files()
    for example, files in {
        "examples-ruby": ORDER_FILES | analytics,
        "examples-python": ORDER_FILES | analytics,
        "examples-js": ORDER_FILES | analytics,
        "examples-mixed": ORDER_FILES,
    }.items():
        folder = ROOT / example / "templates" / "data"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_bytes(text.encode("utf-8"))


if __name__ == "__main__":
    main()
