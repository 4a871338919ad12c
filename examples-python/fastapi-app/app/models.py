"""What this API answers. What it takes is said by the schemas of the templates."""

from typing import Any

from pydantic import BaseModel


class Accepted(BaseModel):
    task_id: int
    state: str


class StepView(BaseModel):
    name: str
    state: str
    attempts: int
    results: Any = None
    error: Any = None


class TaskView(BaseModel):
    task_id: int
    state: str
    steps: list[StepView]


class OrderView(TaskView):
    order_reference: str
