# frozen_string_literal: true

require "shop_money"

module ShopMail
  def self.subject(cents) = "Your order: #{ShopMoney.euro(cents)}"
end
