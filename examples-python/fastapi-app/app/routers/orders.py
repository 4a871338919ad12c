from typing import Any

from fastapi import APIRouter, Body, Depends, Header, Response
from tasker.engine import Engine

from app import tasks
from app.engine import get_engine
from app.models import Accepted, OrderView

TEMPLATE = "ecommerce.order_fulfillment"

router = APIRouter(prefix="/orders", tags=["orders"])


# Calls into the engine block: plain functions, which FastAPI runs in its thread pool.
@router.post("", status_code=202)
def create_order(
    response: Response,
    order: dict[str, Any] = Body(),
    idempotency_key: str | None = Header(default=None),
    engine: Engine = Depends(get_engine),
) -> Accepted:
    accepted = tasks.create(engine, TEMPLATE, order, idempotency_key, response)
    response.headers["Location"] = f"/orders/{accepted.task_id}"
    return accepted


@router.get("/{task_id:int}")
def show_order(task_id: int, engine: Engine = Depends(get_engine)) -> OrderView:
    task = tasks.find(engine, TEMPLATE, task_id)
    return OrderView(order_reference=task["context"]["order_reference"], **task)
