import shop_money.absent
from tasker import StepHandler


class Missing(StepHandler):
    def process(self, task, sequence, step):
        return shop_money.absent
