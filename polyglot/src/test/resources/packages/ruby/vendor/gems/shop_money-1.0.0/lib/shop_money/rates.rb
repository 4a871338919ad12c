# frozen_string_literal: true

module ShopMoney
  RATE = 0.19
end
