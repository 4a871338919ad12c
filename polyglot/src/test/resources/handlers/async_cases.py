import asyncio

from tasker import StepHandler


class Gathers(StepHandler):
    async def process(self, task, sequence, step):
        values = await asyncio.gather(self.later(1), self.later(2))
        return {"values": values}

    async def later(self, value):
        await asyncio.sleep(0.01)
        return value


class NeverSettles(StepHandler):
    async def process(self, task, sequence, step):
        await asyncio.get_running_loop().create_future()
