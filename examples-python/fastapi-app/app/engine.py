"""The engine of this process, and the Celery application whose jobs run its tasks."""

import os
from pathlib import Path

from celery import Celery  # type: ignore[import-untyped]
from order_fulfillment import (
    ChargePayment,
    CreateOrder,
    ReserveInventory,
    SendConfirmation,
    UpdateAnalytics,
    ValidateCart,
)
from tasker.celery import CeleryTasker
from tasker.engine import Engine

from app.handlers.shipments import AnnounceShipment, BookCarrier

APP = Path(__file__).parent
EXAMPLES = APP.parent.parent

celery = Celery("fastapi_app", broker=os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"))
celery.conf.update(
    # A job may wait for a slow step; one that waits behind it is better off in another process.
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)


def register_templates(engine: Engine) -> None:
    engine.register_template(EXAMPLES / "templates" / "order_fulfillment.yaml")
    engine.register_template(APP / "templates" / "order_shipment.yaml")


tasker = CeleryTasker(
    celery,
    handlers=[
        ValidateCart,
        ReserveInventory,
        ChargePayment,
        CreateOrder,
        SendConfirmation,
        UpdateAnalytics,
        BookCarrier,
        AnnounceShipment,
    ],
    prepare=register_templates,
    migrate=True,
)


def get_engine() -> Engine:
    """The dependency of routes. Where the engine could not be opened at start, each request tries again."""
    return tasker.engine
