# frozen_string_literal: true

require "tasker"
require "shop_mail"
require "shop_money"

class Priced < Tasker::StepHandler
  def process(_task, _sequence, _step)
    { gem: [ShopMoney.with_tax(1000), ShopMoney.euro(1190)], bundled: ShopMail.subject(1190) }
  end
end
