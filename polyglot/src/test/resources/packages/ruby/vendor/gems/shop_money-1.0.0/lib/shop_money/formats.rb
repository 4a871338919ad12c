# frozen_string_literal: true

module ShopMoney
  def self.euro(cents) = format("%.2f EUR", cents / 100.0)
end
