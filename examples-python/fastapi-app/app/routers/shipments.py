from typing import Any

from fastapi import APIRouter, Body, Depends, Header, Response
from tasker.engine import Engine

from app import tasks
from app.engine import get_engine
from app.models import Accepted, TaskView

TEMPLATE = "fastapi_app.order_shipment"

router = APIRouter(prefix="/shipments", tags=["shipments"])


@router.post("", status_code=202)
def create_shipment(
    response: Response,
    shipment: dict[str, Any] = Body(),
    idempotency_key: str | None = Header(default=None),
    engine: Engine = Depends(get_engine),
) -> Accepted:
    accepted = tasks.create(engine, TEMPLATE, shipment, idempotency_key, response)
    response.headers["Location"] = f"/shipments/{accepted.task_id}"
    return accepted


@router.get("/{task_id:int}")
def show_shipment(task_id: int, engine: Engine = Depends(get_engine)) -> TaskView:
    return TaskView(**tasks.find(engine, TEMPLATE, task_id))
