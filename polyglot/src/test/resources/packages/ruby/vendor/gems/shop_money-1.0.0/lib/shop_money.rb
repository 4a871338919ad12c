# frozen_string_literal: true

require "shop_money/rates"
require_relative "shop_money/formats"

module ShopMoney
  def self.with_tax(cents) = (cents * (1 + RATE)).round
end
