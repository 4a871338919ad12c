import shop_money

VALUE = shop_money.with_tax(1000)
